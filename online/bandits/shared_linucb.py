"""LinUCB over what all serving processes counted: refitted when the counts were read anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from online.bandits.bandit import Context
from online.bandits.linucb import LinUcb, Pairs
from online.bandits.reward_buffer import RecentRewards, Table
from sparrow.arrays import Int


@dataclass
class LinUcbOfAll:
    """The shared form of LinUCB, which never changes while a request draws from it."""

    pairs: Pairs
    rewards: RecentRewards
    contexts: Sequence[Context]  # one for each segment
    name: str = LinUcb.name
    _fitted: tuple[Table, LinUcb] | None = field(default=None, repr=False)

    def draws(
        self, context: Context, arms: Int, random: np.random.Generator, count: int
    ) -> np.ndarray:
        """Upper confidence bounds of the click rates: `(1, n)`."""
        table = self.rewards.tally.table
        if self._fitted is None or self._fitted[0] is not table:
            self._fitted = table, LinUcb.of(self.pairs, self.rewards, self.contexts)
        return self._fitted[1].draws(context, arms, random, count)
