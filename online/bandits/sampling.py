"""Bandits that draw scores at random: Thompson sampling and uniform."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.bandits.bandit import Context
from online.bandits.rewards import SegmentRewards
from sparrow.arrays import Int

PRIOR = (1.0, 9.0)
"""Clicks and non-clicks assumed of a movie that was never shown: a click rate of 0.1."""


@dataclass(frozen=True)
class ThompsonSampling:
    """Click rates as Beta distributions, one per movie and segment.

    Thompson 1933; Chapelle, Li, "An Empirical Evaluation of Thompson Sampling", NIPS 2011.
    """

    rewards: SegmentRewards
    name: str = "thompson"

    def sample_scores(
        self, context: Context, arms: Int, random: np.random.Generator, count: int
    ) -> np.ndarray:
        """Samples of the click rates' posterior: `(count, n)`, 0 … 1."""
        counts = self.rewards(context.segment)
        clicked, non_clicks = counts.clicked[arms] + PRIOR[0], counts.non_clicks[arms] + PRIOR[1]
        return random.beta(clicked, non_clicks, size=(count, len(arms)))


@dataclass(frozen=True)
class UniformSampling:
    """Every arm with the same probability: a baseline that learns nothing."""

    name: str = "uniform"

    def sample_scores(
        self, context: Context, arms: Int, random: np.random.Generator, count: int
    ) -> np.ndarray:
        """Random numbers: `(count, n)`, 0 … 1."""
        return random.random((count, len(arms)))
