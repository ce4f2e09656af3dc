"""What simulated viewers like: the truth that rankers are to find out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sparrow.arrays import Int

_SHRINK = 5.0  # ratings that a mean must outweigh
_RIDGE = 8.0  # evidence for factors of 0, in ratings
_ROUNDS = 8


@dataclass(frozen=True)
class Tastes:
    """Stars that a viewer would give a movie: level + factors of the viewer · factors of the movie.

    Places are rows of the arrays, not ids.
    """

    level: np.ndarray  # (movies,) stars for nobody in particular
    viewers: np.ndarray  # (viewers, dim)
    movies: np.ndarray  # (movies, dim)

    def of(self, viewers: Int) -> np.ndarray:
        """Stars, below 0.5 or above 5 maybe: `(n, movies)`."""
        stars: np.ndarray = self.level + self.viewers[viewers] @ self.movies.T
        return stars


@dataclass(frozen=True)
class Ratings:
    """Who gave what how many stars, `(ratings,)` each."""

    viewer: Int  # place, from 0
    movie: Int  # place, from 0
    stars: np.ndarray
    shape: tuple[int, int]  # viewers, movies

    def take(self, index: np.ndarray) -> Ratings:
        """Some of the ratings, among the same viewers and movies."""
        return Ratings(self.viewer[index], self.movie[index], self.stars[index], self.shape)


def fitted(ratings: Ratings, dim: int, seed: int) -> Tastes:
    """Tastes that explain ratings: means of movies and of viewers, shrunk, and factors of what
    these leave, by alternating ridge regressions (Zhou, Wilkinson, Schreiber, Pan 2008).
    """
    mean = float(ratings.stars.mean())
    of_movie = _shrunk(ratings.movie, ratings.stars - mean, ratings.shape[1])
    left = ratings.stars - mean - of_movie[ratings.movie]
    of_viewer = _shrunk(ratings.viewer, left, ratings.shape[0])
    left -= of_viewer[ratings.viewer]
    random = np.random.default_rng(seed)
    movies = random.normal(size=(ratings.shape[1], dim))
    for _ in range(_ROUNDS):
        viewers = _regressed(ratings.viewer, movies[ratings.movie], left, ratings.shape[0])
        movies = _regressed(ratings.movie, viewers[ratings.viewer], left, ratings.shape[1])
    return Tastes(
        level=mean + of_movie,
        viewers=np.column_stack([of_viewer, viewers]),
        movies=np.column_stack([np.ones(len(of_movie)), movies]),
    )


def impersonal(tastes: Tastes) -> Tastes:
    """The same movies, with nobody liking one more than others do."""
    return replace(tastes, viewers=np.zeros_like(tastes.viewers))


def invented(viewers: int, movies: int, seed: int, dim: int = 4) -> Tastes:
    """Tastes at random: stars of a standard deviation of 1 around movies' levels near 3."""
    random = np.random.default_rng(seed)
    return Tastes(
        level=random.normal(3.0, 0.3, movies),
        viewers=random.normal(size=(viewers, dim)) / dim**0.5,
        movies=random.normal(size=(movies, dim)),
    )


def _shrunk(place: Int, values: np.ndarray, size: int) -> np.ndarray:
    """Mean of the values at each place, drawn to 0: `(size,)`."""
    total = np.bincount(place, values, size)
    mean: np.ndarray = total / (np.bincount(place, minlength=size) + _SHRINK)
    return mean


def _regressed(place: Int, factors: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    """Coefficients for each place by a ridge over its ratings: `(size, dim)`."""
    order = np.argsort(place, kind="stable")
    ends = np.searchsorted(place[order], np.arange(size + 1))
    factors, values = factors[order], values[order]
    ridge = _RIDGE * np.eye(factors.shape[1])
    found = np.zeros((size, factors.shape[1]))
    for row in range(size):
        x, y = (part[ends[row] : ends[row + 1]] for part in (factors, values))
        found[row] = np.linalg.solve(x.T @ x + ridge, x.T @ y)
    return found
