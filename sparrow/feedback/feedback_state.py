"""The fold of feedback: what stands of a user's history and all that they did since."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sparrow.arrays import Int
from sparrow.features.rating_events import hash_order
from sparrow.features.row_codec import HISTORY
from sparrow.feedback.event import EventType
from sparrow.feedback.record import ACTIVE, KINDS, RECORD, UNDONE


@dataclass(frozen=True)
class FeedbackState:
    """What a user says of movies now; about each movie, of each kind, the latest word."""

    history: np.ndarray  # HISTORY records: the latest rating of each movie, oldest first
    watched: Int  # movie ids, oldest first
    watched_at: Int  # when, seconds since 1970
    hidden: Int  # movie ids of no interest, oldest first
    watchlist: Int  # movie ids to be watched, oldest first
    watchlist_at: Int  # since when


def replay(history: np.ndarray, records: np.ndarray) -> FeedbackState:
    """Folds `records` (RECORD, those about one movie in order of arrival) into a release's history.

    The latest time wins; of equal times a record before the history, then what arrived last. Events
    that were taken back count as never sent, even where the history already has them: a rating of
    the same movie and second is the same one. So folding what a release knows already changes
    nothing.
    """
    undone = records["status"] == UNDONE
    alive = records[~undone]
    ratings = np.concatenate(
        [_as_records(_without(history, records[undone])), _of(alive, EventType.RATING)]
    )
    latest = _latest(ratings)
    merged = np.empty(len(latest), dtype=HISTORY)
    merged["movie_id"], merged["timestamp"] = latest["movie_id"], latest["timestamp"]
    merged["rating"] = latest["value"]
    watched, watchlist = (
        _latest(_of(alive, EventType.VIEW)),
        _latest(_of(alive, EventType.WATCHLIST)),
    )
    return FeedbackState(
        history=merged,
        watched=watched["movie_id"],
        watched_at=watched["timestamp"],
        hidden=_latest(_of(alive, EventType.NOT_INTERESTED))["movie_id"],
        watchlist=watchlist["movie_id"],
        watchlist_at=watchlist["timestamp"],
    )


def _of(records: np.ndarray, kind: EventType) -> np.ndarray:
    found: np.ndarray = records[records["kind"] == KINDS.index(kind)]
    return found


def _as_records(history: np.ndarray) -> np.ndarray:
    records = np.zeros(len(history), dtype=RECORD)
    records["movie_id"], records["timestamp"] = history["movie_id"], history["timestamp"]
    records["value"], records["kind"] = history["rating"], KINDS.index(EventType.RATING)
    return records


def _without(history: np.ndarray, undone: np.ndarray) -> np.ndarray:
    """The history less the ratings that were taken back."""
    gone = {(r["movie_id"], r["timestamp"]) for r in _of(undone, EventType.RATING)}
    if not gone:
        return history
    stays = [(r["movie_id"], r["timestamp"]) not in gone for r in history]
    kept: np.ndarray = history[np.array(stays, dtype=bool)]
    return kept


def _latest(records: np.ndarray) -> np.ndarray:
    """The last word about each movie, oldest first, without movies whose last word is none."""
    ordered = records[np.argsort(records["timestamp"], kind="stable")]
    newest_first = ordered[::-1]
    _, first = np.unique(newest_first["movie_id"], return_index=True)
    last = newest_first[first]
    last = last[last["status"] == ACTIVE]
    oldest_first: np.ndarray = last[np.lexsort((hash_order(last["movie_id"]), last["timestamp"]))]
    return oldest_first
