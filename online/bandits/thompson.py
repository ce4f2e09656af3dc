"""Thompson sampling: show what is best in a world drawn from what is believed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.bandits.bandit import Context
from online.bandits.rewards import Rewards, RewardsInMemory
from sparrow.arrays import Int

PRIOR = (1.0, 9.0)
"""Clicks and passes that a movie nobody was shown is believed to have had: one click in ten."""


@dataclass(frozen=True)
class Thompson:
    """Click rates as Beta distributions, one per movie and segment.

    Thompson 1933; Chapelle, Li, "An Empirical Evaluation of Thompson Sampling", NIPS 2011.
    """

    rewards: Rewards
    name: str = "thompson"

    def sample_scores(
        self, context: Context, arms: Int, random: np.random.Generator, count: int
    ) -> np.ndarray:
        """Click rates as they may be: `(count, n)`, between 0 and 1."""
        counts = self.rewards(context.segment)
        clicked, non_clicks = counts.clicked[arms] + PRIOR[0], counts.non_clicks[arms] + PRIOR[1]
        return random.beta(clicked, non_clicks, size=(count, len(arms)))


@dataclass(frozen=True)
class LearningThompson(Thompson):
    """The same over counts in this process."""

    rewards: RewardsInMemory

    def learn(self, context: Context, arm: int, reward: float) -> None:
        """Count what came of showing a movie."""
        self.rewards.add(context.segment, arm, reward)
