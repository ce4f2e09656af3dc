"""Uniform: shows anything, learns nothing; what others must beat, and what a replay needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.bandits.bandit import Context
from sparrow.arrays import Int


@dataclass(frozen=True)
class Uniform:
    """Every arm with the same chance."""

    name: str = "uniform"

    def sample_scores(
        self, context: Context, arms: Int, random: np.random.Generator, count: int
    ) -> np.ndarray:
        """Random numbers: `(count, n)`."""
        return random.random((count, len(arms)))

    def learn(self, context: Context, arm: int, reward: float) -> None:
        """Nothing."""
