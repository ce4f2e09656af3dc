"""Impressions and clicks by user segment and movie, as a serving process knows and adds to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from sparrow.arrays import Int

Table = Mapping[tuple[str, int], np.ndarray]
"""(segment name, movie id) → decayed counts of impressions and clicks: (2,)."""


@dataclass(frozen=True)
class ClickCounts:
    """Counts of one segment, `(movies,)` each; fractional, since they decay."""

    clicked: np.ndarray
    non_clicks: np.ndarray  # shown and not clicked


class RewardBuffer:
    """Counts by segment name and movie id, which are the same in every release."""

    def __init__(self) -> None:
        self.table: Table = {}  # of all processes; replaced as a whole
        self._pending: Counter[str] = Counter()

    def shown(self, segment: str, movie_ids: Iterable[int]) -> None:
        """Count an impression of these movies by a user of a segment."""
        self._pending.update(f"{segment}|{movie_id}|shown" for movie_id in movie_ids)

    def clicked(self, segment: str, movie_id: int) -> None:
        """Count a click by a user of a segment."""
        self._pending[f"{segment}|{movie_id}|clicked"] += 1

    def drain(self) -> Mapping[str, int]:
        """Counts added since the last call, by `segment|movie|shown` or `segment|movie|clicked`."""
        pending, self._pending = self._pending, Counter()
        return pending


@dataclass
class SegmentRewards:
    """The counts of a buffer for the movies of one release."""

    reward_buffer: RewardBuffer
    names: tuple[str, ...]  # of the segments
    ids: Int  # (movies,) ascending
    _aligned_table: Table = field(default_factory=dict, repr=False)
    _counts: np.ndarray | None = field(default=None, repr=False)

    @property
    def segments(self) -> int:
        """Number of user segments."""
        return len(self.names)

    def __call__(self, segment: int) -> ClickCounts:
        """The counts of one segment, as last read from Redis."""
        if self._counts is None or self._aligned_table is not self.reward_buffer.table:
            self._aligned_table = self.reward_buffer.table
            self._counts = self._aligned(self._aligned_table)
        shown, clicked = self._counts[:, segment]
        return ClickCounts(clicked, np.maximum(shown - clicked, 0.0))

    def shown(self, segment: int, movie_ids: Iterable[int]) -> None:
        """Count an impression of these movies by a user of a segment."""
        self.reward_buffer.shown(self.names[segment], movie_ids)

    def clicked(self, segment: int, movie_id: int) -> None:
        """Count a click by a user of a segment."""
        self.reward_buffer.clicked(self.names[segment], movie_id)

    def _aligned(self, table: Table) -> np.ndarray:
        """(2, segments, movies) impressions and clicks, without unknown segments and movies."""
        counts = np.zeros((2, len(self.names), len(self.ids)))
        rows = {name: row for row, name in enumerate(self.names)}
        columns = {movie_id: column for column, movie_id in enumerate(self.ids.tolist())}
        for (name, movie_id), count in table.items():
            if name in rows and movie_id in columns:
                counts[:, rows[name], columns[movie_id]] = count
        return counts
