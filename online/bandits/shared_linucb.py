"""LinUCB over what all serving processes counted: refitted when the counts were read anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from online.bandits.bandit import Context
from online.bandits.linucb import InteractionFeatures, LinUcb
from online.bandits.reward_buffer import SegmentRewards, Table
from sparrow.arrays import Int


@dataclass
class SharedLinUcb:
    """The shared form of LinUCB, which never changes while a request sample_scores from it."""

    pairs: InteractionFeatures
    rewards: SegmentRewards
    contexts: Sequence[Context]  # one for each segment
    name: str = LinUcb.name
    _fitted: tuple[Table, LinUcb] | None = field(default=None, repr=False)

    def sample_scores(
        self, context: Context, arms: Int, random: np.random.Generator, count: int
    ) -> np.ndarray:
        """Upper confidence bounds of the click rates: `(1, n)`."""
        table = self.rewards.reward_buffer.table
        if self._fitted is None or self._fitted[0] is not table:
            self._fitted = table, LinUcb.of(self.pairs, self.rewards, self.contexts)
        return self._fitted[1].sample_scores(context, arms, random, count)
