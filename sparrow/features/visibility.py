"""What a row may see of an entity's events: what went before it, or all but its own.

A served row sees past events, and so does a training row of the time split: `PastEvents`. Under the
random split a row sees all other ratings, earlier and later: `LeaveOneOut`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from sparrow.arrays import Int
from sparrow.features.rating_events import Events

MISSING_EVENT = -1


class EventVisibility(Protocol):
    """What each of some rows sees of the events of one entity."""

    @property
    def events(self) -> Events:
        """All events that any row may see."""

    @property
    def at(self) -> Int:
        """Moment of each row, (rows,)."""

    @property
    def cutoff_time(self) -> Int:
        """The moment up to which other entities' events are seen, (rows,)."""

    def count(self) -> Int:
        """How many events each row sees, (rows,)."""

    def cumulative_sum(self, values: np.ndarray) -> np.ndarray:
        """Sums of the events' values (n, …) over what each row sees: (rows, …)."""

    def nearest_events(self, length: int) -> Int:
        """Positions of the seen events nearest in time, nearest first: (rows, length).

        MISSING_EVENT behind them.
        """


@dataclass(frozen=True)
class PastEvents:
    """Each row sees what happened strictly before its moment."""

    events: Events
    at: Int

    @property
    def cutoff_time(self) -> Int:
        """The row's moment."""
        return self.at

    def count(self) -> Int:
        """How many events went before."""
        return self.events.count_before(self.at)

    def cumulative_sum(self, values: np.ndarray) -> np.ndarray:
        """Running sums along the first axis."""
        total = np.zeros((len(values) + 1, *values.shape[1:]), dtype=np.float64)
        np.cumsum(values, axis=0, dtype=np.float64, out=total[1:])
        seen: np.ndarray = total[self.count()]
        return seen

    def nearest_events(self, length: int) -> Int:
        """The newest events, newest first."""
        newest: Int = np.maximum(self.count()[:, None] - 1 - np.arange(length), MISSING_EVENT)
        return newest


@dataclass(frozen=True)
class LeaveOneOut:
    """Each row sees all events, later ones too, but the one that it is itself."""

    events: Events
    at: Int
    own: Int  # position of the row's own event, MISSING_EVENT if it is not among them

    @property
    def cutoff_time(self) -> Int:
        """The end of time."""
        return np.full(len(self.at), np.iinfo(np.int64).max)

    def count(self) -> Int:
        """All but the own one."""
        seen: Int = len(self.events) - (self.own != MISSING_EVENT).astype(np.int64)
        return seen

    def cumulative_sum(self, values: np.ndarray) -> np.ndarray:
        """The sum of all, less the own value."""
        padded = np.concatenate(
            [values, np.zeros((1, *values.shape[1:]))]
        )  # MISSING_EVENT reads it
        seen: np.ndarray = values.sum(axis=0, dtype=np.float64) - padded[self.own]
        return seen

    def nearest_events(self, length: int) -> Int:
        """From both sides; of two equally near the one before the row goes first."""
        step, size = np.arange(length), len(self.events)
        there = self.own != MISSING_EVENT
        place = np.where(there, self.own, self.events.count_before(self.at))[:, None]
        earlier, later = place - 1 - step, place + there[:, None] + step
        position = np.concatenate([earlier, later], axis=1)  # (rows, 2 length)
        outside = (position < 0) | (position >= size)
        time = np.append(self.events.timestamp, 0)[np.where(outside, size, position)]
        distance = np.where(outside, np.iinfo(np.int64).max, np.abs(time - self.at[:, None]))
        order = np.argsort(distance, axis=1, kind="stable")[:, :length]
        nearest: Int = np.take_along_axis(np.where(outside, MISSING_EVENT, position), order, axis=1)
        return nearest
