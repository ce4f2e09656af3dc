"""The fitted signals of a release: which of its files they come from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from sparrow.arrays import Int
from sparrow.signals.models.als_factors import AlsFactors, AlsParams
from sparrow.signals.models.fitted_signals import FittedSignals, ItemMetadata
from sparrow.signals.models.item_stats import ItemStats
from sparrow.signals.models.rating_predictor import RatingPredictor, rating_factors
from sparrow.signals.models.taste_clusters import TasteClusters
from sparrow.signals.models.user_tower import TwoTower
from sparrow.signals.values.item_similarity import ItemSimilarity
from sparrow.vectors.cold_start import CONTENT_EMBEDDING
from sparrow.vectors.item_vectors import ItemVectors
from sparrow.vectors.item_weights import ItemWeights

PARAMS_FILE, TASTES = "signals.json", "tastes.npz"
SIMILARITIES = ("ease", "item_knn", "successors", "same_session")


@dataclass(frozen=True)
class SignalParams:
    """Constants that signals share with what they were fitted by."""

    als: AlsParams = field(default_factory=AlsParams)
    like_threshold: float = 3.5  # stars
    neutral_rating: float = 2.0  # stars

    def save(self, folder: Path) -> None:
        """Writes `PARAMS_FILE`."""
        (folder / PARAMS_FILE).write_text(json.dumps(asdict(self), indent=2))

    @classmethod
    def load(cls, folder: Path) -> SignalParams:
        """What `save` wrote."""
        raw = json.loads((folder / PARAMS_FILE).read_text())
        als = AlsParams(**{**raw["als"], "ranks": tuple(raw["als"]["ranks"])})
        return cls(als, raw["like_threshold"], raw["neutral_rating"])


def load_signals(
    root: Path,
    movie_ids: Int,
    genres: np.ndarray,
    stats: ItemStats,
    vectors: Mapping[str, ItemVectors],
) -> FittedSignals:
    """The signals of the release in `root` over its catalogue.

    `movie_ids` (movies,) ascending, `genres` (movies, genres) bool, `vectors` the embeddings that
    were loaded already, aligned with `movie_ids`. Raises OSError or ValueError where files are
    missing or damaged.
    """
    params = SignalParams.load(root)
    similarities = {
        name: _similarity(root / "similarities" / name, movie_ids)
        for name in SIMILARITIES
        if (root / "similarities" / name).is_dir()
    }
    als, tower = vectors.get("als"), root / "embeddings" / "two_tower"
    return FittedSignals(
        metadata=ItemMetadata(
            genres.astype(np.float32), stats.year, vectors.get(CONTENT_EMBEDDING)
        ),
        stats=stats,
        **similarities,
        als=None if als is None else AlsFactors(als, params.als),
        two_tower=TwoTower.load(tower) if tower.is_dir() else None,
        rating=rating_factors(RatingPredictor.load(root / "rating_predictor.npz"), movie_ids),
        tastes=TasteClusters.load(root / TASTES),
        like_threshold=params.like_threshold,
        neutral_rating=params.neutral_rating,
    )


def _similarity(folder: Path, movie_ids: Int) -> ItemSimilarity:
    saved = ItemWeights.load(folder)
    return ItemSimilarity.of_ids(saved.ids, saved.weights, movie_ids)
