"""A release: the immutable folder that one pipeline run makes and that serving loads whole.

<id>/manifest.json       what it is and how good (written last: its presence means complete)
     features.json       the feature set
     preprocessing.json       vocabularies and constants of normalisation
     movies.parquet      movie_id, title, year, genres, imdb_id, tmdb_id, rating_count,
                         rating_mean (NaN where unrated), first_rated (null where unrated),
                         rated_last_week, top_ratings, star_counts; ascending by movie_id
     movie_features/     one NumPy file per movie feature, rows as in movies.parquet
     embeddings/<name>/  movie vectors (`sparrow.vectors.embedding`), with an index if many
                         (`sparrow.vectors.index`); users have none in `content` and `<name>_cold`
                         (`sparrow.vectors.cold_start`)
     similarities/<name>/  item-item weights (`sparrow.vectors.item_weights`)
     rating_predictor.npz  predicts ratings (`sparrow.signals.models.rating_predictor`)
     models/<name>/1/    SavedModels, laid out as TF Serving reads them
     users/              Parquet parts: user_id, every user feature, history, vectors
     stats/<table>.parquet   figures for BI
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Manifest:
    """What a release is; everything an operator compares two releases by."""

    id: str
    created_at: str  # ISO 8601, UTC
    dataset: dict[str, Any]  # name, fingerprint, counts, time_range
    feature_set_fingerprint: str  # fingerprint of the feature set
    code_version: str
    as_of: int  # seconds since 1970: one after the last event that it knows
    default_model: str
    metrics: dict[str, dict[str, float]]  # model, two_tower, index_<embedding>: value by metric
    embeddings: tuple[str, ...] = ()  # names under embeddings/
    similarities: tuple[str, ...] = ()  # names under similarities/
    parameters: dict[str, float] = field(default_factory=dict)  # chosen on validation
    input_fingerprint: str = ""  # fingerprint of all that went in: equal inputs make equal releases

    def to_json(self) -> str:
        """Text that `from_json` reads back."""
        return json.dumps(asdict(self), indent=2, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """The manifest that `to_json` wrote."""
        raw = json.loads(text)
        names = {key: tuple(raw[key]) for key in ("embeddings", "similarities")}
        return cls(**{**raw, **names})


def list_releases(releases: Path) -> list[Manifest]:
    """Manifests of the complete releases below `releases`, oldest first.

    One that cannot be read, or was written by another version, is left out and logged.
    """
    read = map(_manifest, releases.glob("[!.]*/manifest.json"))
    return sorted((m for m in read if m is not None), key=lambda m: m.id)


def _manifest(file: Path) -> Manifest | None:
    try:
        return Manifest.from_json(file.read_text())
    except (OSError, ValueError, TypeError, KeyError) as error:
        logger.warning("%s cannot be read (%s): left out", file, error)
        return None
