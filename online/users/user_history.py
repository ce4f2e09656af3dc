"""The history that signals are computed from: ratings, implicit events and stated tastes."""

from __future__ import annotations

import numpy as np

from online.catalogue.catalogue import Catalogue
from online.types import Moment
from online.users.stated_preferences import StatedPreferences
from online.users.user_state import UserState
from sparrow.arrays import Int, index_of
from sparrow.signals.models.taste_clusters import TASTE_POINTS, TasteClusters
from sparrow.signals.values.history import History

_NO_TIME: Int = np.empty(0, dtype=np.int64)


def user_history(state: UserState, catalogue: Catalogue, moment: Moment, at: int) -> History:
    """A user's history for a list built at `at`, in seconds since 1970.

    Movies that the catalogue lacks are left out. A movie counts once: by its rating, else by its
    implicit event, else as a pick of a stated taste.
    """
    item_index, kept = _known(catalogue, state.history["movie_id"])
    rated = state.history[kept]
    rating = np.array(rated["rating"])
    timestamp = np.array(rated["timestamp"])
    weight = np.ones(len(item_index), dtype=np.float32)
    if len(state.implicit_events):
        chosen, kept = _known(catalogue, state.implicit_events["movie_id"], without=item_index)
        times = np.concatenate([timestamp, state.implicit_events["timestamp"][kept]])
        order = np.argsort(times, kind="stable")
        timestamp = times[order]
        item_index = np.concatenate([item_index, chosen])[order]
        rating = np.concatenate([rating, np.full(len(chosen), np.nan, dtype=np.float32)])[order]
        weight = np.concatenate([weight, state.implicit_events["weight"][kept]])[order]
    at = _moment(moment, at, catalogue.as_of, timestamp)
    points = taste_points(state.stated, catalogue)
    stated, share = _picks(state.stated, catalogue, points, without=item_index)
    if len(stated):  # the time of statements is unknown: before everything else
        begin = timestamp[0] if len(timestamp) else at
        timestamp = np.concatenate([np.full(len(stated), begin), timestamp])
        item_index = np.concatenate([stated, item_index])
        rating = np.concatenate([np.full(len(stated), np.nan, dtype=np.float32), rating])
        weight = np.concatenate([share, weight])
    tastes = catalogue.fitted.tastes
    shares = np.zeros(0, dtype=np.float32) if tastes is None else tastes.share(points)
    return History(item_index, rating, timestamp, weight, at, shares)


def taste_points(stated: StatedPreferences, catalogue: Catalogue) -> Int:
    """Points for the release's tastes (tastes,): those given, else derived from the stated
    genres.
    """
    tastes = catalogue.fitted.tastes
    if tastes is None or not len(tastes):
        return np.zeros(0, dtype=np.int64)
    points = tastes.points_of(stated.tastes)
    if not points.any() and stated.genres:
        return _points_of_genres(stated, catalogue, tastes)
    return points


def _points_of_genres(
    stated: StatedPreferences, catalogue: Catalogue, tastes: TasteClusters
) -> Int:
    """Each genre's share of the points, for the tastes named by it, or nearest to it."""
    share = np.zeros(len(tastes))
    for genre, weight in stated.genres.items():
        if genre not in catalogue.genre_names:
            continue
        named = np.array([genre in name.genres for name in tastes.names])
        if not named.any():
            near = tastes.affinity[:, catalogue.in_genre(genre)].mean(axis=1)
            named = np.arange(len(tastes)) == near.argmax()
        share += weight * named / named.sum()
    if not share.any():
        return np.zeros(len(tastes), dtype=np.int64)
    exact = TASTE_POINTS * share / share.sum()
    return np.where(share > 0, np.maximum(np.round(exact), 1), 0).astype(np.int64)


def _picks(
    stated: StatedPreferences, catalogue: Catalogue, points: Int, without: Int
) -> tuple[Int, np.ndarray]:
    """The picks of stated tastes, except those of `without`: item_index and weight."""
    if stated.picks:
        ids = np.array([movie for movie, _ in stated.picks], dtype=np.int64)
        weights = np.array([weight for _, weight in stated.picks], dtype=np.float32)
        found, kept = _known(catalogue, ids, without)
        return found, weights[kept]
    tastes = catalogue.fitted.tastes
    if tastes is None or not points.any():
        return _NO_TIME, np.empty(0, dtype=np.float32)
    picked, weights = tastes.items_for_points(points)
    kept = ~np.isin(picked, without)
    return picked[kept], weights[kept]


def _known(catalogue: Catalogue, ids: Int, without: Int = _NO_TIME) -> tuple[Int, np.ndarray]:
    """item_index of the movies that the catalogue has, and which of the ids these are: (n,)
    bool.
    """
    rows = index_of(ids, catalogue.ids)
    kept = rows >= 0
    if len(without):
        kept &= ~np.isin(rows, without)
    return rows[kept], kept


def _moment(moment: Moment, at: int, as_of: int, timestamp: Int) -> int:
    """The time of the list, for signals and context.

    For a user without events since the release it is the release's end, so that the list equals a
    precomputed one.
    """
    if not len(timestamp):
        return at if moment == "now" else as_of
    last = int(timestamp[-1])
    if moment == "last-event":
        return last + 1
    if moment == "end":
        return max(as_of, last + 1)
    return at if last >= as_of else min(at, as_of)
