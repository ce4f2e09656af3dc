"""Live updates: the release's features and history of a user, with the events since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from online.catalogue.catalogue import Catalogue
from online.users.stated_preferences import StatedPreferences
from online.users.user_state import UserState, interaction_records
from sparrow.features.declarations import FeatureSet
from sparrow.features.folds import SMOOTHING, user_rows
from sparrow.features.rating_events import Events
from sparrow.features.row_codec import HISTORY
from sparrow.features.visibility import PastEvents
from sparrow.feedback.event import EventType
from sparrow.feedback.feedback_state import FeedbackState, replay
from sparrow.feedback.record import KINDS, RECENT_KINDS, RECORD

_RECENT = [KINDS.index(kind) for kind in RECENT_KINDS]
_STATED_GENRE_BONUS = 1.0  # a stated genre counts as rated this much above the user's mean
WATCHED_WEIGHT, INTEREST_WEIGHT = 1.0, 0.5
"""Weights, relative to a rating, of a movie watched without a rating, and of one put on the
watchlist or clicked.
"""


@dataclass(frozen=True)
class AnonymousSession:
    """An anonymous user: all that is known comes with the request."""

    # 0.5 … 5 by movie id, the newest last
    ratings: Mapping[int, float] = field(default_factory=dict)
    clicked_ids: tuple[int, ...] = ()  # movie ids, the newest last; they may stay in lists
    stated: StatedPreferences = field(default_factory=StatedPreferences)


@dataclass(frozen=True)
class UserStateUpdater:
    """Brings a user up to date, by the same fold as the training rows."""

    catalogue: Catalogue
    features: FeatureSet

    def __call__(
        self, state: UserState, records: np.ndarray, stated: StatedPreferences
    ) -> UserState:
        """The `state` of the release, updated by `records` (RECORD) and stated preferences."""
        stands = replay(state.history, records)
        recent = records[np.isin(records["kind"], _RECENT)]
        wanted = ~np.isin(stands.watchlist, stands.watched)
        planned = interaction_records(
            stands.watchlist[wanted], stands.watchlist_at[wanted], INTEREST_WEIGHT
        )
        return replace(
            self._updated(state, stands, stated),
            exists=True,
            watched=stands.watched,
            hidden=stands.hidden,
            watchlist=stands.watchlist,
            implicit_events=interaction_records(
                stands.watched, stands.watched_at, WATCHED_WEIGHT, planned
            ),
            recent=recent[np.argsort(recent["timestamp"], kind="stable")],
        )

    def session(self, newcomer: UserState, session: AnonymousSession, at: int) -> UserState:
        """The state of an anonymous user; `at` is now, in seconds since 1970."""
        rated = np.empty(len(session.ratings), dtype=HISTORY)
        rated["movie_id"], rated["rating"] = list(session.ratings), list(session.ratings.values())
        rated["timestamp"] = at - len(rated) + np.arange(len(rated))
        stands = replay(rated, np.empty(0, dtype=RECORD))
        clicks, stated = _clicks(session.clicked_ids, at), session.stated
        newest_first = clicks[::-1]
        last = newest_first[np.unique(newest_first["movie_id"], return_index=True)[1]]
        return replace(
            self._updated(newcomer, stands, stated),
            exists=bool(
                len(rated) or len(clicks) or stated.genres or stated.picks or stated.tastes
            ),
            implicit_events=interaction_records(
                last["movie_id"], last["timestamp"], INTEREST_WEIGHT
            ),
            recent=clicks,
        )

    def _updated(
        self, state: UserState, stands: FeedbackState, stated: StatedPreferences
    ) -> UserState:
        """Feature row and history."""
        events = self._events(stands.history)
        row = state.row.copy()
        newest = int(stands.history["timestamp"].max(initial=0))
        for name, values in user_rows(
            PastEvents(events, np.array([newest + 1])), self.features
        ).items():
            row[name] = values[0]
        for name in stated.genres.keys() & set(self.catalogue.genre_names):
            genre = self.catalogue.genre_names.index(name)
            rated = float(row["user_genre_share"][genre]) * len(events)
            pick = stated.genres[name] * _STATED_GENRE_BONUS * SMOOTHING / (rated + SMOOTHING)
            row["user_genre_taste"][genre] += pick
        if stated.age is not None:
            row["user_age"] = stated.age
        return replace(state, row=row, history=stands.history, stated=stated)

    def _events(self, history: np.ndarray) -> Events:
        """Ratings as input of the folds, without movies that the catalogue lacks."""
        ids = history["movie_id"]
        known = history[self.catalogue.has(ids)]
        item_index = self.catalogue.item_index(known["movie_id"])
        flags = self.catalogue.genres[item_index].astype(np.int64)
        return Events.sorted_by_time(
            timestamp=known["timestamp"],
            tie_breaker_id=known["movie_id"],
            movie_id=known["movie_id"],
            rating=known["rating"],
            genres=flags @ (1 << np.arange(flags.shape[1])),
            year=self.catalogue.stats.year[item_index].astype(np.float32),
        )


def _clicks(movie_ids: tuple[int, ...], at: int) -> np.ndarray:
    """Click records of these movies, one second apart, the last just before `at`."""
    clicks = np.zeros(len(movie_ids), dtype=RECORD)
    clicks["movie_id"], clicks["kind"] = movie_ids, KINDS.index(EventType.CLICK)
    clicks["timestamp"] = at - len(clicks) + np.arange(len(clicks))
    return clicks
