"""LinUCB with coefficients of its own for each movie (Li et al. 2010, algorithm 1).

Tells movies of one genre apart, which the shared form cannot, and knows nothing of a movie that was
never shown. Holds `movies · (1 + genres)²` numbers: for catalogues of some ten thousand movies.
"""

from __future__ import annotations

import numpy as np

from online.bandits.bandit import Context
from sparrow.arrays import Int


class LinUcbPerMovie:
    """Score = expected click rate + `alpha` · its standard error, by a ridge for each movie."""

    name = "linucb-per-movie"

    def __init__(self, movies: int, genres: int, alpha: float = 0.5, ridge: float = 1.0) -> None:
        """`alpha` 0 never explores; `ridge` is the evidence for coefficients of 0."""
        self._alpha = alpha
        self._inverse = np.tile(np.eye(1 + genres) / ridge, (movies, 1, 1))
        self._clicks = np.zeros((movies, 1 + genres))

    def sample_scores(
        self, context: Context, arms: Int, random: np.random.Generator, count: int
    ) -> np.ndarray:
        """Upper confidence bounds of the click rates: `(1, n)`."""
        x = _features(context)
        towards = self._inverse[arms] @ x  # (n, 1 + genres)
        expected = (towards * self._clicks[arms]).sum(axis=1)
        scores: np.ndarray = (expected + self._alpha * np.sqrt(towards @ x))[np.newaxis]
        return scores

    def learn(self, context: Context, arm: int, reward: float) -> None:
        """One more row of the movie's regression (Sherman, Morrison 1950)."""
        x = _features(context)
        towards = self._inverse[arm] @ x
        self._inverse[arm] -= np.outer(towards, towards) / (1 + x @ towards)
        self._clicks[arm] += reward * x


def _features(context: Context) -> np.ndarray:
    return np.concatenate([[1.0], context.taste])
