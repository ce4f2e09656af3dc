"""What the signals read besides a history: fitted once per release, or per cut of the past."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sparrow.signals.models.als_factors import AlsFactors
from sparrow.signals.models.item_stats import ItemStats
from sparrow.signals.models.rating_predictor import RatingFactors
from sparrow.signals.models.taste_clusters import TasteClusters
from sparrow.signals.models.user_tower import TwoTower
from sparrow.signals.values.item_similarity import ItemSimilarity
from sparrow.vectors.item_vectors import ItemVectors


@dataclass(frozen=True)
class ItemMetadata:
    """What a catalogue says of its movies without any rating."""

    genres: np.ndarray  # (movies, genres) float32, 1 for each genre
    year: np.ndarray  # (movies,) of release, NaN where unknown
    content: ItemVectors | None = None  # of genres, year, tags and title

    @cached_property
    def mean_genres(self) -> np.ndarray:
        """`genres` with rows that sum to 1 (or 0): a product with it is a mean over genres."""
        return np.asarray(self.genres / np.maximum(self.genres.sum(axis=1, keepdims=True), 1.0))


@dataclass(frozen=True)
class FittedSignals:
    """All signals' parameters as of one moment; what is None gives NaN."""

    metadata: ItemMetadata
    stats: ItemStats
    ease: ItemSimilarity | None = None
    item_knn: ItemSimilarity | None = None
    successors: ItemSimilarity | None = None  # share of a movie's raters who rated another next
    same_session: ItemSimilarity | None = None  # share who rated both at once
    als: AlsFactors | None = None
    two_tower: TwoTower | None = None
    rating: RatingFactors | None = None
    tastes: TasteClusters | None = None
    like_threshold: float = 3.5  # stars from which a rating is a like
    neutral_rating: float = 2.0  # stars that count neither for nor against movies like it
