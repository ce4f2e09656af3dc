"""A hydrated viewer: what requests know of whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from online.types import Rating
from online.users.stated_preferences import StatedPreferences
from sparrow.arrays import Int
from sparrow.features.row_codec import HISTORY
from sparrow.feedback.event import EventType
from sparrow.feedback.record import ACTIVE, KINDS, RECORD

CHOICE = np.dtype([("movie_id", "<i8"), ("timestamp", "<i8"), ("weight", "<f4")])
"""A movie that was chosen without a rating, and what it counts where a rating counts 1."""

_NO_HISTORY = np.empty(0, dtype=HISTORY)
_NO_RECORDS = np.empty(0, dtype=RECORD)
_NO_CHOICES = np.empty(0, dtype=CHOICE)
_NOTHING = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class ViewerState:
    """A hydrated viewer; somebody unknown has the row of a viewer before the first rating."""

    user_id: int | None
    row: np.void  # the user features, `FeatureSet.row_dtype(Entity.USER)`
    history: np.ndarray = field(default_factory=_NO_HISTORY.copy)  # HISTORY records, oldest first
    vectors: Mapping[str, np.ndarray] = field(default_factory=dict)  # by embedding
    known: bool = False
    error: str | None = None  # why a viewer who may exist is treated as unknown
    late: str | None = None  # why this is how the viewer was a while ago
    watched: Int = field(default_factory=_NOTHING.copy)  # movie ids, oldest first
    hidden: Int = field(default_factory=_NOTHING.copy)  # movie ids that are of no interest
    watchlist: Int = field(default_factory=_NOTHING.copy)  # movie ids, oldest first
    chosen: np.ndarray = field(default_factory=_NO_CHOICES.copy)  # CHOICE records, oldest first
    recent: np.ndarray = field(default_factory=_NO_RECORDS.copy)  # RECORDs: clicks, impressions
    erased: bool = False
    stated: StatedPreferences = field(default_factory=StatedPreferences)
    changed: bytes = b""  # stamp of the last event that is no click or impression
    acted: bytes = b""  # … of the last of these that says anything of the taste
    held: Mapping[bytes, bytes] = field(default_factory=dict)  # lists of the visit, encoded

    @property
    def readable(self) -> bool:
        """Whether this is how the user is now."""
        return self.error is None and self.late is None

    def of_kind(self, kind: EventType) -> np.ndarray:
        """Those of `recent` that are of a kind and were not taken back, the oldest first."""
        same = self.recent["kind"] == KINDS.index(kind)
        found: np.ndarray = self.recent[same & (self.recent["status"] == ACTIVE)]
        return found

    @cached_property
    def scores(self) -> dict[int, float]:
        """Movie id → the viewer's rating."""
        return dict(
            zip(self.history["movie_id"].tolist(), self.history["rating"].tolist(), strict=True)
        )

    def ratings(self) -> tuple[Rating, ...]:
        """The history, newest first; `user_id` must be known."""
        if self.user_id is None:
            return ()
        return tuple(
            Rating(self.user_id, movie_id, score, timestamp)
            for movie_id, timestamp, score in self.history[::-1].tolist()
        )


def choices(movie_ids: Int, timestamp: Int, weight: float, *others: np.ndarray) -> np.ndarray:
    """`CHOICE` records of movies that were chosen with one weight, and `others`, oldest first."""
    made = np.empty(len(movie_ids), dtype=CHOICE)
    made["movie_id"], made["timestamp"], made["weight"] = movie_ids, timestamp, weight
    every = np.concatenate([made, *others])
    oldest_first: np.ndarray = every[np.argsort(every["timestamp"], kind="stable")]
    return oldest_first
