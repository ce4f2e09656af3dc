"""LinUCB: upper confidence bounds of a click rate that is linear in user and movie features.

Li, Chu, Langford, Schapire, "A Contextual-Bandit Approach to Personalized News Article
Recommendation", WWW 2010 (arXiv 1003.0146): a ridge regression with its confidence bound. All
movies share the coefficients (the shared half of their hybrid model), so that a movie that was
never shown is scored by its genres.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from online.bandits.bandit import Context
from online.bandits.rewards import SegmentRewards, Table
from sparrow.arrays import Int

ALPHA = 0.5  # standard errors added to the expected click rate
RIDGE = 1.0


@dataclass(frozen=True)
class InteractionFeatures:
    """Features of a user and a movie: 1, the movie's genres, their product with the taste."""

    genres: np.ndarray  # (movies, genres) bool

    @property
    def size(self) -> int:
        """Number of features."""
        return 1 + 2 * int(self.genres.shape[1])

    @cached_property
    def _genre_shares(self) -> np.ndarray:
        """(movies, genres); the shares of a movie add up to 1."""
        shares: np.ndarray = self.genres / np.maximum(self.genres.sum(axis=1, keepdims=True), 1)
        return shares

    def __call__(self, context: Context, arms: Int) -> np.ndarray:
        """A row per movie: `(n, size)`."""
        shares = self._genre_shares[arms]
        return np.hstack([np.ones((len(arms), 1)), shares, shares * context.taste])


@dataclass
class LinUcb:
    """Score = expected click rate + `ALPHA` · its standard error.

    The regression over the counts of all segments is refitted when the counts have been read anew.
    """

    features: InteractionFeatures
    rewards: SegmentRewards
    contexts: Sequence[Context]  # one for each segment
    name: str = "linucb"
    _fitted: tuple[Table, np.ndarray, np.ndarray] | None = field(default=None, repr=False)

    def sample_scores(
        self, context: Context, arms: Int, random: np.random.Generator, count: int
    ) -> np.ndarray:
        """Upper confidence bounds of the click rates: `(1, n)`."""
        inverse, clicks = self._fit()
        x = self.features(context, arms)
        projected = x @ inverse
        standard_error = np.sqrt(np.einsum("nd,nd->n", projected, x))
        scores: np.ndarray = (projected @ clicks + ALPHA * standard_error)[np.newaxis]
        return scores

    def _fit(self) -> tuple[np.ndarray, np.ndarray]:
        """The inverse of the regularised X'X, and X'y."""
        table = self.rewards.reward_buffer.table
        if self._fitted is None or self._fitted[0] is not table:
            gram, clicks = np.eye(self.features.size) * RIDGE, np.zeros(self.features.size)
            for context in self.contexts:
                counts = self.rewards(context.segment)
                shown = counts.clicked + counts.non_clicks
                arms = np.flatnonzero(shown)
                x = self.features(context, arms)
                gram += x.T @ (x * shown[arms, np.newaxis])
                clicks += x.T @ counts.clicked[arms]
            self._fitted = table, np.linalg.inv(gram), clicks
        return self._fitted[1:]
