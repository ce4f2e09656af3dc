"""What simulated users like: the truth that rankers are to find out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sparrow.arrays import Int, shrunk_mean

_SHRINK = 5.0  # ratings that a mean must outweigh
_RIDGE = 8.0  # evidence for factors of 0, in ratings
_ROUNDS = 8


@dataclass(frozen=True)
class GroundTruth:
    """Stars that a user would give a movie: level + factors of the user · factors of the movie.

    Places are rows of the arrays, not ids.
    """

    level: np.ndarray  # (movies,) stars for nobody in particular
    users: np.ndarray  # (users, dim)
    movies: np.ndarray  # (movies, dim)

    def of(self, users: Int) -> np.ndarray:
        """Stars, below 0.5 or above 5 maybe: `(n, movies)`."""
        stars: np.ndarray = self.level + self.users[users] @ self.movies.T
        return stars


@dataclass(frozen=True)
class SimulatedRatings:
    """Who gave what how many stars, `(ratings,)` each."""

    user: Int  # place, from 0
    movie: Int  # place, from 0
    stars: np.ndarray
    shape: tuple[int, int]  # users, movies

    def take(self, index: np.ndarray) -> SimulatedRatings:
        """Some of the ratings, among the same users and movies."""
        return SimulatedRatings(self.user[index], self.movie[index], self.stars[index], self.shape)


def fit_ground_truth(ratings: SimulatedRatings, dim: int, seed: int) -> GroundTruth:
    """GroundTruth that explain ratings: means of movies and of users, shrunk, and factors of what
    these leave, by alternating ridge regressions (Zhou, Wilkinson, Schreiber, Pan 2008).
    """
    mean = float(ratings.stars.mean())
    of_movie = shrunk_mean(ratings.movie, ratings.stars - mean, ratings.shape[1], _SHRINK)
    left = ratings.stars - mean - of_movie[ratings.movie]
    of_user = shrunk_mean(ratings.user, left, ratings.shape[0], _SHRINK)
    left -= of_user[ratings.user]
    random = np.random.default_rng(seed)
    movies = random.normal(size=(ratings.shape[1], dim))
    for _ in range(_ROUNDS):
        users = _regressed(ratings.user, movies[ratings.movie], left, ratings.shape[0])
        movies = _regressed(ratings.movie, users[ratings.user], left, ratings.shape[1])
    return GroundTruth(
        level=mean + of_movie,
        users=np.column_stack([of_user, users]),
        movies=np.column_stack([np.ones(len(of_movie)), movies]),
    )


def item_means_only(tastes: GroundTruth) -> GroundTruth:
    """The same movies, with nobody liking one more than others do."""
    return replace(tastes, users=np.zeros_like(tastes.users))


def synthetic_ground_truth(users: int, movies: int, seed: int, dim: int = 4) -> GroundTruth:
    """GroundTruth at random: stars of a standard deviation of 1 around movies' levels near 3."""
    random = np.random.default_rng(seed)
    return GroundTruth(
        level=random.normal(3.0, 0.3, movies),
        users=random.normal(size=(users, dim)) / dim**0.5,
        movies=random.normal(size=(movies, dim)),
    )


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
