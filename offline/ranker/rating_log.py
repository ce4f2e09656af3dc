"""The ratings that the ranker is trained on: a bounded part of the log as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sparrow.events import Int, time_order
from sparrow.signals.history import History


@dataclass(frozen=True)
class RatingLog:
    """Ratings (n,) in time order; users are numbered, movies are places in the catalogue."""

    user: Int  # 0 … users - 1
    item_index: Int
    rating: np.ndarray  # float32 stars
    timestamp: Int  # seconds since 1970, ascending
    user_ids: Int  # (users,) ascending

    @classmethod
    def of(cls, user_id: Int, item_index: Int, rating: np.ndarray, timestamp: Int) -> RatingLog:
        """From ratings in any order; those of one second come in a fixed hashed order."""
        order = time_order(timestamp, item_index)
        user_ids, user = np.unique(user_id, return_inverse=True)
        return cls(
            user[order],
            item_index[order],
            rating[order].astype(np.float32),
            timestamp[order],
            user_ids,
        )

    def __len__(self) -> int:
        return len(self.user)

    @property
    def users(self) -> int:
        """How many users there are."""
        return len(self.user_ids)

    def take(self, rows: np.ndarray) -> RatingLog:
        """Some of the ratings, users numbered as before; a mask or ascending places."""
        return RatingLog(
            self.user[rows],
            self.item_index[rows],
            self.rating[rows],
            self.timestamp[rows],
            self.user_ids,
        )

    @cached_property
    def by_user(self) -> tuple[Int, Int]:
        """Places of the ratings user by user, in time order within each, and where each begins."""
        order = np.argsort(self.user, kind="stable")
        return order, np.searchsorted(self.user[order], np.arange(self.users + 1))

    def of_user(self, user: int) -> Int:
        """Places of one user's ratings, oldest first."""
        order, start = self.by_user
        return order[start[user] : start[user + 1]]

    def history(self, places: Int, at: int) -> History:
        """One user's history of the ratings at `places`, oldest first, asked at `at`."""
        return History(
            self.item_index[places],
            self.rating[places],
            self.timestamp[places],
            np.ones(len(places), dtype=np.float32),
            at,
        )
