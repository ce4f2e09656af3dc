"""A hydrated viewer: what requests know of whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from online.stated_preferences import StatedPreferences
from online.types import Rating
from sparrow.codec import HISTORY
from sparrow.events import Int
from sparrow.feedback.record import RECORD

_NO_HISTORY = np.empty(0, dtype=HISTORY)
_NO_RECORDS = np.empty(0, dtype=RECORD)
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
    recent: np.ndarray = field(default_factory=_NO_RECORDS.copy)  # RECORDs: clicks, impressions
    erased: bool = False
    stated: StatedPreferences = field(default_factory=StatedPreferences)

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
