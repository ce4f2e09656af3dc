"""LinUCB: show what may be best at most, by a click rate that is linear in user and movie.

Li, Chu, Langford, Schapire, "A Contextual-Bandit Approach to Personalized News Article
Recommendation", WWW 2010 (arXiv 1003.0146): a ridge regression with its confidence bound. The
coefficients are shared by all movies (the shared half of their hybrid model), so that a movie which
was never shown is judged by its genres.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from online.bandits.bandit import Context
from online.bandits.rewards import Rewards
from sparrow.arrays import Int


@dataclass(frozen=True)
class InteractionFeatures:
    """What is known of a user and a movie together: 1, its genres, the taste for each of them."""

    genres: np.ndarray  # (movies, genres) bool

    @property
    def size(self) -> int:
        """Numbers per pair."""
        return 1 + 2 * int(self.genres.shape[1])

    @cached_property
    def _flags(self) -> np.ndarray:
        # the genres of a movie weigh 1 together
        flags: np.ndarray = self.genres / np.maximum(self.genres.sum(axis=1, keepdims=True), 1)
        return flags

    def __call__(self, context: Context, arms: Int) -> np.ndarray:
        """A row per movie: `(n, size)`."""
        flags = self._flags[arms]
        return np.hstack([np.ones((len(arms), 1)), flags, flags * context.taste])


class LinUcb:
    """Score = expected click rate + `alpha` · its standard error."""

    name = "linucb"

    def __init__(self, pairs: InteractionFeatures, alpha: float = 0.5, ridge: float = 1.0) -> None:
        """`alpha` 0 never explores; `ridge` is the evidence for coefficients of 0."""
        self._pairs, self._alpha = pairs, alpha
        self._inverse = np.eye(pairs.size) / ridge  # of the regularised X'X
        self._clicks = np.zeros(pairs.size)  # X'y

    @classmethod
    def of(
        cls, pairs: InteractionFeatures, rewards: Rewards, contexts: Sequence[Context]
    ) -> LinUcb:
        """What the counts of all segments teach; `contexts` has one for each segment."""
        made = cls(pairs)
        gram = np.linalg.inv(made._inverse)
        for context in contexts:
            counts = rewards(context.segment)
            shown = counts.clicked + counts.non_clicks
            arms = np.flatnonzero(shown)
            x = pairs(context, arms)
            gram += x.T @ (x * shown[arms, np.newaxis])
            made._clicks += x.T @ counts.clicked[arms]
        made._inverse = np.linalg.inv(gram)
        return made

    def sample_scores(
        self, context: Context, arms: Int, random: np.random.Generator, count: int
    ) -> np.ndarray:
        """Upper confidence bounds of the click rates: `(1, n)`."""
        x = self._pairs(context, arms)
        towards = x @ self._inverse
        bound = np.sqrt(np.einsum("nd,nd->n", towards, x))
        scores: np.ndarray = (towards @ self._clicks + self._alpha * bound)[np.newaxis]
        return scores

    def learn(self, context: Context, arm: int, reward: float) -> None:
        """One more row of the regression (Sherman, Morrison 1950)."""
        x = self._pairs(context, np.array([arm]))[0]
        towards = self._inverse @ x
        self._inverse -= np.outer(towards, towards) / (1 + x @ towards)
        self._clicks += reward * x
