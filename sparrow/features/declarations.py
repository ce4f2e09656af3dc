"""Every feature, declared once.

Spark columns, the Redis codec, Keras inputs and the online batch are all derived from these
declarations; the values come from the folds in `sparrow.features.folds`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

import numpy as np
import xxhash

PADDING = -1
"""Fills a sequence behind its last id; no movie has this id."""

HISTORY_LENGTH = 50
MAX_GENRES = 62  # genres travel as bits of one signed 64-bit integer
MIN_GENRE_LENGTH = 2  # a feature of length 1 is a scalar, and the genre vectors must stay vectors


class Entity(StrEnum):
    """Whom a feature describes."""

    USER = "user"
    MOVIE = "movie"
    CONTEXT = "context"


class FeatureType(StrEnum):
    """What a feature's values are."""

    NUMBER = "number"  # float32, NaN where unknown
    CATEGORY = "category"  # one int64 id
    SEQUENCE = "sequence"  # int64 ids, newest first, PADDING behind


class Normalisation(StrEnum):
    """How a number is brought to a range that models like; constants ship with the release."""

    NONE = "none"  # already between 0 and 1, or -1 and 1
    STANDARD = "standard"  # (x - mean) / standard deviation
    LOG = "log"  # log(1 + x), then standard


@dataclass(frozen=True)
class Feature:
    """One declared feature."""

    name: str
    entity: Entity
    kind: FeatureType
    doc: str
    length: int = 1  # numbers in a vector, or ids in a sequence
    scale: Normalisation = Normalisation.NONE
    vocabulary: str = ""  # which set of known ids a category or sequence draws from
    aligned_with: str = ""  # the sequence whose items these numbers describe, one by one

    @property
    def dtype(self) -> str:
        """NumPy type of one value."""
        return "<f4" if self.kind is FeatureType.NUMBER else "<i8"

    @property
    def default(self) -> float | int:
        """What stands where nothing is known."""
        return float("nan") if self.kind is FeatureType.NUMBER else PADDING


@dataclass(frozen=True)
class FeatureSet:
    """The features of one release: its genres decide the length of the genre vectors.

    A catalogue with fewer genres than `MIN_GENRE_LENGTH` has zeros at the end of those vectors.
    """

    genres: tuple[str, ...]
    features: tuple[Feature, ...]
    like_threshold: float = 3.5

    def of(self, *entities: Entity) -> tuple[Feature, ...]:
        """The features of these entities, in declared order."""
        return tuple(f for f in self.features if f.entity in entities)

    @property
    def genre_length(self) -> int:
        """Numbers in a genre vector."""
        return self["movie_genres"].length

    def __getitem__(self, name: str) -> Feature:
        return next(f for f in self.features if f.name == name)

    def row_dtype(self, entity: Entity) -> np.dtype[np.void]:
        """Structured type of one entity's row: a field per feature, vectors as sub-arrays."""
        return np.dtype(
            [(f.name, f.dtype, (f.length,) if f.length > 1 else ()) for f in self.of(entity)]
        )

    def empty_rows(self, entity: Entity, count: int) -> np.ndarray:
        """`count` rows of `row_dtype(entity)` with every feature at its default."""
        rows = np.empty(count, dtype=self.row_dtype(entity))
        for feature in self.of(entity):
            rows[feature.name] = feature.default
        return rows

    def to_json(self) -> str:
        """Text that `from_json` reads back; its hash is the fingerprint."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> FeatureSet:
        """The feature set that `to_json` wrote."""
        raw = json.loads(text)
        features = tuple(
            Feature(
                **{
                    **f,
                    "entity": Entity(f["entity"]),
                    "kind": FeatureType(f["kind"]),
                    "scale": Normalisation(f["scale"]),
                }
            )
            for f in raw["features"]
        )
        return cls(tuple(raw["genres"]), features, raw["like_threshold"])

    @property
    def fingerprint(self) -> str:
        """16 hex digits; rows, models and releases with different fingerprints do not mix."""
        return xxhash.xxh3_64_hexdigest(self.to_json().encode())


def build_feature_set(genres: Sequence[str], like_threshold: float = 3.5) -> FeatureSet:
    """Sparrow's features over a catalogue with these genres (at most `MAX_GENRES`)."""
    user, movie, context = Entity.USER, Entity.MOVIE, Entity.CONTEXT
    number, category, sequence = FeatureType.NUMBER, FeatureType.CATEGORY, FeatureType.SEQUENCE
    standard, log = Normalisation.STANDARD, Normalisation.LOG
    g = max(len(genres), MIN_GENRE_LENGTH)
    features = (
        Feature("user_id", user, category, "The user.", vocabulary="users"),
        Feature("user_age", user, number, "Years, where the data set tells.", scale=standard),
        Feature("user_gender", user, category, "Code of the gender.", vocabulary="genders"),
        Feature(
            "user_occupation", user, category, "Code of the occupation.", vocabulary="occupations"
        ),
        Feature(
            "user_recent_movies",
            user,
            sequence,
            "The last rated movies, newest first.",
            length=HISTORY_LENGTH,
            vocabulary="movies",
        ),
        Feature(
            "user_recent_ratings",
            user,
            number,
            "The stars that the last rated movies got.",
            length=HISTORY_LENGTH,
            scale=standard,
            aligned_with="user_recent_movies",
        ),
        Feature("user_rating_count", user, number, "Ratings given.", scale=log),
        Feature("user_rating_mean", user, number, "Mean of ratings given.", scale=standard),
        Feature("user_rating_std", user, number, "Their standard deviation.", scale=standard),
        Feature("user_like_rate", user, number, "Smoothed share of likes.", scale=standard),
        Feature(
            "user_genre_taste",
            user,
            number,
            "Per genre: shrunk mean of the user's ratings there, less the user's mean.",
            length=g,
        ),
        Feature(
            "user_genre_share", user, number, "Per genre: share of the user's ratings.", length=g
        ),
        Feature("user_year_mean", user, number, "Mean release year rated.", scale=standard),
        Feature("user_year_std", user, number, "Spread of release years rated.", scale=standard),
        Feature("movie_id", movie, category, "The movie.", vocabulary="movies"),
        Feature("movie_year", movie, number, "Release year.", scale=standard),
        Feature("movie_genres", movie, number, "Per genre: 1 if the movie has it.", length=g),
        Feature("movie_rating_count", movie, number, "Ratings received.", scale=log),
        Feature("movie_rating_mean", movie, number, "Mean of ratings received.", scale=standard),
        Feature("movie_rating_std", movie, number, "Their standard deviation.", scale=standard),
        Feature("movie_like_rate", movie, number, "Smoothed share of likes.", scale=standard),
        Feature("movie_recent_count", movie, number, "Ratings in the last 30 days.", scale=log),
        Feature(
            "movie_popularity_rank",
            movie,
            number,
            "Share of rated movies that have at least as many ratings: near 0 the most popular, "
            "1 an unrated one.",
        ),
        Feature("movie_age", movie, number, "Years from release to now.", scale=standard),
        Feature("context_hour", context, category, "Hour of the day, UTC.", vocabulary="hours"),
        Feature(
            "context_weekday", context, category, "Monday 0 … Sunday 6.", vocabulary="weekdays"
        ),
    )
    return FeatureSet(tuple(genres), features, like_threshold)
