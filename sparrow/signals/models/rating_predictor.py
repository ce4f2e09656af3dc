"""The stars that a user is expected to give, and how sure that is.

A rating is taken as mean + user's bias + movie's bias + q · v + noise, with the movies' factors
v known (`offline.factorisation.matrix_factors`). The ridge regression that gives a user's q from
their history is the posterior of a Gaussian prior, so it also gives the uncertainty: Bishop,
Pattern Recognition and Machine Learning (2006), section 3.3.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from sparrow.arrays import Int, index_of

MIN_RATINGS = 3
"""Ratings that a user, and a movie, must have before anything is foretold about them."""


@dataclass(frozen=True)
class PredictedRatings:
    """What ratings are expected, arrays (n,); NaN where there are too few ratings to say."""

    stars: np.ndarray  # not cut to the scale of stars
    deviation: np.ndarray  # standard deviation of the rating that will be given, in stars


@dataclass(frozen=True)
class RatingPredictor:
    """Movie factors and biases, and the noise of ratings around what they say."""

    movie_ids: Int  # (n,) ascending
    vectors: np.ndarray  # (n, dim) float32
    biases: np.ndarray  # (n,) float32, stars above the mean
    counts: Int  # (n,) ratings that the table was made of
    mean: float  # stars
    ridge: float
    shrinkage: float
    noise: float  # standard deviation of a rating whose parts are all known, in stars

    def save(self, file: Path) -> None:
        """Writes all into one `.npz` file."""
        np.savez(file, **asdict(self))

    @classmethod
    def load(cls, file: Path) -> RatingPredictor:
        """The table saved in `file`."""
        arrays = ("movie_ids", "vectors", "biases", "counts")
        with np.load(file) as saved:
            return cls(
                *(saved[name] for name in arrays),
                *(float(saved[name]) for name in ("mean", "ridge", "shrinkage", "noise")),
            )

    def predict(self, history: Int, stars: np.ndarray, movie_ids: Int) -> PredictedRatings:
        """Expected ratings of movies by a user with this history (ids, and stars of each)."""
        past, known = self._rows(history)
        past, given = past[known], stars[known].astype(np.float64)
        rows, predictable = self._rows(movie_ids)
        predictable &= self.counts[rows] >= MIN_RATINGS
        if len(past) < MIN_RATINGS:
            predictable &= False
        prior = np.diag([self.shrinkage, *[self.ridge] * self.vectors.shape[1]])
        seen = self._design(past)
        inverse = np.linalg.inv(seen.T @ seen + prior)
        user = inverse @ (seen.T @ (given - self.mean - self.biases[past]))  # bias, then taste
        design = self._design(rows)
        mean = self.mean + self.biases[rows] + design @ user
        variance = np.einsum("nd,de,ne->n", design, inverse, design)
        variance += 1 / (self.counts[rows] + self.shrinkage)
        deviation = self.noise * np.sqrt(1 + variance)
        return PredictedRatings(
            np.where(predictable, mean, np.nan), np.where(predictable, deviation, np.nan)
        )

    def _design(self, rows: Int) -> np.ndarray:
        """What a user's bias and taste are multiplied by: (n, 1 + dim)."""
        parts: np.ndarray = np.column_stack([np.ones(len(rows)), self.vectors[rows]])
        return parts

    def _rows(self, movie_ids: Int) -> tuple[Int, np.ndarray]:
        """Each movie's row (0 for one without), and which have one."""
        rows = np.minimum(np.searchsorted(self.movie_ids, movie_ids), len(self.movie_ids) - 1)
        known = self.movie_ids[rows] == movie_ids
        return np.where(known, rows, 0), known


@dataclass(frozen=True)
class RatingFactors:
    """Movie factors and biases of the rating predictor, in the catalogue's order."""

    vectors: np.ndarray  # (movies, dim) float32, zeros where unknown
    biases: np.ndarray  # (movies,) float32, 0 where unknown
    mean: float  # stars
    ridge: float
    shrinkage: float


def rating_factors(table: RatingPredictor, movie_ids: Int) -> RatingFactors:
    """The rating predictor's factors in the order of a catalogue."""
    row = index_of(movie_ids, table.movie_ids)
    known = row >= 0
    vectors = np.zeros((len(movie_ids), table.vectors.shape[1]), dtype=np.float32)
    biases = np.zeros(len(movie_ids), dtype=np.float32)
    vectors[known], biases[known] = table.vectors[row[known]], table.biases[row[known]]
    return RatingFactors(vectors, biases, table.mean, table.ridge, table.shrinkage)
