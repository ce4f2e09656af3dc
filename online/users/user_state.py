"""The state of a user that requests are answered from."""

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

INTERACTION = np.dtype([("movie_id", "<i8"), ("timestamp", "<i8"), ("weight", "<f4")])
"""An implicit event: a movie that was chosen without a rating, with its weight relative to a
rating.
"""

_NO_HISTORY = np.empty(0, dtype=HISTORY)
_NO_RECORDS = np.empty(0, dtype=RECORD)
_NO_INTERACTIONS = np.empty(0, dtype=INTERACTION)
_NOTHING = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class UserState:
    """The state of a user; an unknown one has the features of a user before the first rating."""

    user_id: int | None
    row: np.void  # the user features, `FeatureSet.row_dtype(Entity.USER)`
    history: np.ndarray = field(default_factory=_NO_HISTORY.copy)  # HISTORY records, oldest first
    vectors: Mapping[str, np.ndarray] = field(default_factory=dict)  # by embedding
    exists: bool = False
    error: str | None = None  # why a user who may exist is treated as unknown
    stale_reason: str | None = None  # why the state may be out of date
    watched: Int = field(default_factory=_NOTHING.copy)  # movie ids, oldest first
    hidden: Int = field(default_factory=_NOTHING.copy)  # movie ids of no interest
    watchlist: Int = field(default_factory=_NOTHING.copy)  # movie ids, oldest first
    # INTERACTION records, oldest first
    implicit_events: np.ndarray = field(default_factory=_NO_INTERACTIONS.copy)
    # RECORDs of clicks and impressions
    recent: np.ndarray = field(default_factory=_NO_RECORDS.copy)
    deleted: bool = False
    stated: StatedPreferences = field(default_factory=StatedPreferences)
    version: bytes = b""  # stamp of the last event other than clicks and impressions
    taste_version: bytes = b""  # … of the last of these that changes the taste
    slates: Mapping[bytes, bytes] = field(default_factory=dict)  # lists of the visit, encoded

    @property
    def is_current(self) -> bool:
        """Whether the state is up to date."""
        return self.error is None and self.stale_reason is None

    def recent_events(self, kind: EventType) -> np.ndarray:
        """The `recent` events of a kind that were not undone, oldest first."""
        same = self.recent["kind"] == KINDS.index(kind)
        found: np.ndarray = self.recent[same & (self.recent["status"] == ACTIVE)]
        return found

    @cached_property
    def ratings_by_movie(self) -> dict[int, float]:
        """Movie id → the user's rating."""
        return dict(
            zip(self.history["movie_id"].tolist(), self.history["rating"].tolist(), strict=True)
        )

    def ratings(self) -> tuple[Rating, ...]:
        """The history, newest first; empty without a `user_id`."""
        if self.user_id is None:
            return ()
        return tuple(
            Rating(self.user_id, movie_id, score, timestamp)
            for movie_id, timestamp, score in self.history[::-1].tolist()
        )


def interaction_records(
    movie_ids: Int, timestamp: Int, weight: float, *others: np.ndarray
) -> np.ndarray:
    """`INTERACTION` records of movies with one weight, merged with `others`, oldest first."""
    made = np.empty(len(movie_ids), dtype=INTERACTION)
    made["movie_id"], made["timestamp"], made["weight"] = movie_ids, timestamp, weight
    every = np.concatenate([made, *others])
    oldest_first: np.ndarray = every[np.argsort(every["timestamp"], kind="stable")]
    return oldest_first
