"""The viewer's tower of the two-tower model: a vector of a viewer from what they rated, in NumPy.

Training (`offline.recall.two_tower`) and servers read a viewer's row through the same `inputs`, and
the tower is small enough for plain arrays: a rating counts in the very next request, and no server
needs TensorFlow for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from sparrow.embedding import rows_of
from sparrow.encoding import Encoding, Normal
from sparrow.events import Int
from sparrow.features import FeatureSet, Scale

NAME = "two_tower"
FILE = "viewer_tower.npz"

HISTORY, STARS = "user_recent_movies", "user_recent_stars"
NUMBERS = (
    "user_age",
    "user_rating_count",
    "user_rating_mean",
    "user_rating_std",
    "user_like_rate",
    "user_genre_taste",
    "user_genre_share",
    "user_year_mean",
    "user_year_std",
)
"""What the tower knows of a viewer besides the history. Not who they are: newcomers come often."""

LIMIT = 5.0  # deviations beyond which a number is taken for this far out
NOBODY = 0  # place of padding and of movies that training never saw

_UNSCALED = Normal(0.0, 1.0)

Rows = Mapping[str, np.ndarray] | np.ndarray
"""Columns by name: a dictionary of arrays, or a structured one."""


@dataclass(frozen=True)
class Inputs:
    """What the tower computes with, for n viewers."""

    places: np.ndarray  # (n, length) int32, 1 + the row in `movie_ids`, or NOBODY
    liking: np.ndarray  # (n, length) float32, stars above the viewer's mean, 0 where unknown
    numbers: np.ndarray  # (n, columns) float32, normalised


@dataclass(frozen=True)
class Reader:
    """Turns viewers' rows into `Inputs`."""

    movie_ids: Int  # (movies,) ascending: what a history may consist of
    mean: np.ndarray  # (columns,) float32
    deviation: np.ndarray  # (columns,) float32
    logarithmic: np.ndarray  # (columns,) bool

    @classmethod
    def of(cls, features: FeatureSet, encoding: Encoding, movie_ids: Int) -> Reader:
        """With the constants of normalisation that the samples' training part taught."""
        normals, logarithmic = [], []
        for feature in (features[name] for name in NUMBERS):
            scaled = feature.scale is not Scale.NONE
            normal = encoding.normals.get(feature.name, _UNSCALED) if scaled else _UNSCALED
            normals += [(normal.mean, normal.deviation or 1.0)] * feature.length
            logarithmic += [feature.scale is Scale.LOG] * feature.length
        mean, deviation = np.array(normals, dtype=np.float32).T
        return cls(movie_ids, mean, deviation, np.array(logarithmic))

    def __call__(self, rows: Rows) -> Inputs:
        """`rows` have the named user features, (n,) or (n, length) each."""
        history, stars = rows[HISTORY], rows[STARS]
        places = (rows_of(history, self.movie_ids) + 1).astype(np.int32)
        rated = (places != NOBODY) & ~np.isnan(stars)
        mean = rows["user_rating_mean"][:, None]
        liking = np.where(rated, stars - mean, 0.0).astype(np.float32)
        columns = [rows[name].reshape(len(history), -1) for name in NUMBERS]
        raw = np.concatenate(columns, axis=1).astype(np.float32)
        raw = np.where(self.logarithmic, np.log1p(np.maximum(raw, 0.0)), raw)
        numbers = np.clip((raw - self.mean) / self.deviation, -LIMIT, LIMIT)
        return Inputs(places, liking, np.nan_to_num(numbers).astype(np.float32))


@dataclass(frozen=True)
class Weights:
    """What training learned of the viewer's side, all float32."""

    chosen: np.ndarray  # (1 + movies, dim) what having watched a movie says; row NOBODY is unused
    liked: np.ndarray  # (1 + movies, dim) what having liked it says besides
    recency: np.ndarray  # (length,) how much a rating counts by its place, the newest first
    hidden: np.ndarray  # (dim + columns, units)
    hidden_bias: np.ndarray  # (units,)
    out: np.ndarray  # (units, dim)
    out_bias: np.ndarray  # (dim,)


@dataclass(frozen=True)
class ViewerTower:
    """Vectors of viewers; the product with a movie's says how likely they watch it next."""

    reader: Reader
    weights: Weights

    def __call__(self, rows: Rows) -> np.ndarray:
        """Vectors (n, dim) of the viewers in `rows`, which `Reader` reads.

        The history's movies add up, the latest counting most; a layer of rectified units corrects
        the sum by the viewer's numbers.
        """
        inputs, w = self.reader(rows), self.weights
        counted = np.where(inputs.places != NOBODY, w.recency, 0.0)  # (n, length)
        summed = np.einsum("nl,nld->nd", counted, w.chosen[inputs.places])
        summed += np.einsum("nl,nld->nd", counted * inputs.liking, w.liked[inputs.places])
        history = summed / np.sqrt((counted * counted).sum(axis=1, keepdims=True) + 1.0)
        both = np.concatenate([history, inputs.numbers], axis=1)
        hidden = np.maximum(both @ w.hidden + w.hidden_bias, 0.0)
        vectors: np.ndarray = history + hidden @ w.out + w.out_bias
        return vectors.astype(np.float32)

    def save(self, file: Path) -> None:
        """Writes all arrays into one `.npz` file."""
        np.savez(file, **asdict(self.reader), **asdict(self.weights))

    @classmethod
    def load(cls, file: Path) -> ViewerTower:
        """The tower saved in `file`."""
        with np.load(file) as saved:
            reader = Reader(**{field.name: saved[field.name] for field in fields(Reader)})
            weights = Weights(**{field.name: saved[field.name] for field in fields(Weights)})
        return cls(reader, weights)
