"""The interface of a bandit: arms are movies, a reward is a click, the context is the user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from sparrow.arrays import Int


@dataclass(frozen=True)
class Context:
    """What a bandit knows of the user."""

    segment: int  # index of the user's segment (`online.bandits.segments`)
    taste: np.ndarray  # (genres,) the user's affinity to each genre


class Bandit(Protocol):
    """Scores arms by their expected reward and its uncertainty."""

    @property
    def name(self) -> str:
        """Name in responses."""
        ...

    def sample_scores(
        self, context: Context, arms: Int, random: np.random.Generator, count: int
    ) -> np.ndarray:
        """`(count, n)` scores of the `arms` (n,); the best arm of each row is one choice.

        A deterministic bandit returns one row, whatever `count` is.
        """
        ...
