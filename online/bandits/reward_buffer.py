"""What movies earned by being shown, as a serving process knows it, and what it adds to that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from online.bandits.rewards import ClickCounts
from sparrow.arrays import Int

Table = Mapping[tuple[str, int], np.ndarray]
"""Name of a segment and id of a movie → how often shown and clicked, faded."""


class RewardBuffer:
    """Counts by the names of segments and the ids of movies, which outlive a release."""

    def __init__(self) -> None:
        self.table: Table = {}  # of all processes; replaced as a whole
        self._waiting: Counter[str] = Counter()

    def shown(self, segment: str, movie_ids: Iterable[int]) -> None:
        """A list was served to somebody of a segment."""
        self._waiting.update(f"{segment}|{movie_id}|shown" for movie_id in movie_ids)

    def clicked(self, segment: str, movie_id: int) -> None:
        """Somebody of a segment opened a movie."""
        self._waiting[f"{segment}|{movie_id}|clicked"] += 1

    def drain(self) -> Mapping[str, int]:
        """What was added since the last time: `segment|movie|shown` or `…|clicked` → how often."""
        waiting, self._waiting = self._waiting, Counter()
        return waiting


@dataclass
class SegmentRewards:
    """The counts of a tally for the movies of one release."""

    reward_buffer: RewardBuffer
    names: tuple[str, ...]  # of the segments
    ids: Int  # (movies,) ascending
    _made_of: Table = field(default_factory=dict, repr=False)
    _counts: np.ndarray | None = field(default=None, repr=False)

    @property
    def segments(self) -> int:
        """How many segments of users there are."""
        return len(self.names)

    def __call__(self, segment: int) -> ClickCounts:
        """The counts of one segment, as last read."""
        if self._counts is None or self._made_of is not self.reward_buffer.table:
            self._made_of = self.reward_buffer.table
            self._counts = self._aligned(self._made_of)
        shown, clicked = self._counts[:, segment]
        return ClickCounts(clicked, np.maximum(shown - clicked, 0.0))

    def shown(self, segment: int, movie_ids: Iterable[int]) -> None:
        """A list was served to somebody of a segment."""
        self.reward_buffer.shown(self.names[segment], movie_ids)

    def clicked(self, segment: int, movie_id: int) -> None:
        """Somebody of a segment opened a movie."""
        self.reward_buffer.clicked(self.names[segment], movie_id)

    def _aligned(self, table: Table) -> np.ndarray:
        counts = np.zeros((2, len(self.names), len(self.ids)))
        rows = {name: row for row, name in enumerate(self.names)}
        places = {movie_id: place for place, movie_id in enumerate(self.ids.tolist())}
        for (name, movie_id), earned in table.items():
            if name in rows and movie_id in places:
                counts[:, rows[name], places[movie_id]] = earned
        return counts
