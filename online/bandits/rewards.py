"""What came of showing movies, counted by the users' segment; old counts fade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True)
class ClickCounts:
    """Of one segment, `(movies,)` each; no whole numbers, because they fade."""

    clicked: np.ndarray
    non_clicks: np.ndarray  # shown and not clicked


class Rewards(Protocol):
    """A store of counts."""

    @property
    def segments(self) -> int:
        """How many segments of users there are."""
        ...

    def __call__(self, segment: int) -> ClickCounts:
        """The counts of one segment, as last known; never waits."""
        ...


class RewardsInMemory:
    """Counts in this process: for simulations, replays and tests."""

    def __init__(self, segments: int, movies: int, fade: float = 1.0) -> None:
        """`fade` is what is left of a movie's counts in a segment when it is shown once more."""
        self.segments = segments
        self._counts = np.zeros((2, segments, movies))
        self._fade = fade

    def __call__(self, segment: int) -> ClickCounts:
        """The counts of one segment: views, which later additions change."""
        return ClickCounts(*self._counts[:, segment])

    def add(self, segment: int, movie: int, reward: float) -> None:
        """A movie was shown to somebody of a segment: 1 clicked, 0 passed."""
        self._counts[:, segment, movie] *= self._fade
        self._counts[:, segment, movie] += (reward, 1 - reward)
