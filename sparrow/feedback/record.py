"""What the feature store keeps of an event: 38 bytes that the folds read."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sparrow.feedback.event import Event, EventType

RECORD = np.dtype(
    [
        ("event_id", "V16"),
        ("movie_id", "<i8"),
        ("timestamp", "<i8"),
        ("value", "<f4"),
        ("kind", "u1"),  # place in KINDS
        ("status", "u1"),
    ]
)
"""One event of a user; store.lua knows the length, and that the flag is the last byte."""

KINDS = tuple(EventType)
ACTIVE, RETRACTED, UNDONE = 0, 1, 2
"""Flags: it says something, takes back all that was said before, or was itself taken back."""

MAX_RECORDS = 8  # of one kind about one movie: as many steps can be undone
MAX_RECENT_RECORDS = 200  # clicks and impressions of a user
RECENT_KINDS = frozenset({EventType.CLICK, EventType.IMPRESSION})
RECENT, PROFILE = "recent", "profile"
"""Fields of a user's live hash; the others are an event type and movie, or `CHANGE_MARKERS`."""

LAST_CHANGE, LAST_PREFERENCE_CHANGE = CHANGE_MARKERS = "changed", "acted"
"""Fields that name the user's last event, by its entry in the stream of events.

`LAST_CHANGE`: of the last event other than clicks and impressions; while it stays the same, so does
the user's state. `LAST_PREFERENCE_CHANGE`: of the last of these that changes the user's taste;
lists made before it are out of date.
"""

FILTER_ONLY_TYPES = frozenset({EventType.NOT_INTERESTED})
"""Kinds that only take a movie out of lists; nothing else in them depends on it."""

_NO_RECORDS = frozenset(name.encode() for name in (PROFILE, *CHANGE_MARKERS))


def encode_record(event: Event) -> bytes:
    """The record of an event that has a movie and a time."""
    assert event.movie_id is not None  # noqa: S101 - `Event` sees to it
    record = np.zeros(1, dtype=RECORD)
    record["event_id"] = np.void(event.event_id.bytes)
    record["movie_id"], record["timestamp"] = event.movie_id, event.timestamp
    record["value"] = np.nan if event.value is None else event.value
    record["kind"] = KINDS.index(EventType(event.type))
    record["status"] = RETRACTED if event.undo else ACTIVE
    return record.tobytes()


def field_of(event: Event) -> tuple[str, int]:
    """The field of the live hash that holds an event, and how many records it keeps."""
    if event.type in RECENT_KINDS:
        return RECENT, MAX_RECENT_RECORDS
    return f"{event.type}:{event.movie_id}", MAX_RECORDS


def decode_records(live: Mapping[bytes, bytes]) -> np.ndarray:
    """The records of a live hash; those about one movie are in the order in which they came.

    Raises ValueError when bytes were cut short.
    """
    kept = (value for name, value in live.items() if name not in _NO_RECORDS)
    return np.frombuffer(b"".join(kept), RECORD)
