"""What a bandit is: arms are movies, a reward is a click, the context is who looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from sparrow.arrays import Int


@dataclass(frozen=True)
class Context:
    """Who looks."""

    segment: int  # of users, from 0 (`online.bandits.segments`)
    taste: np.ndarray  # (genres,) how much the user is drawn to each


class Bandit(Protocol):
    """Says how promising arms are, and how unsure that is."""

    @property
    def name(self) -> str:
        """What answers call it."""
        ...

    def sample_scores(
        self, context: Context, arms: Int, random: np.random.Generator, count: int
    ) -> np.ndarray:
        """Scores of `arms`, as often as `count`: `(count, n)`; the best of a row is a choice.

        A bandit whose choice is certain gives one row, whatever `count` is.
        """
        ...


class Learner(Bandit, Protocol):
    """A bandit that learns from one reward at a time, in memory."""

    def learn(self, context: Context, arm: int, reward: float) -> None:
        """`arm` was shown, and this came of it: 1 a click, 0 none."""
        ...


def choose(bandit: Bandit, context: Context, arms: Int, random: np.random.Generator) -> int:
    """The arm that a bandit would show; among equals any."""
    scores = bandit.sample_scores(context, arms, random, 1)[0]
    best = np.flatnonzero(scores == scores.max())
    return int(arms[best[random.integers(len(best))]])
