"""The ratings that the ranker is trained on: a bounded part of the log as arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from sparrow.arrays import Int
from sparrow.features.rating_events import pair_hash
from sparrow.signals.values.history import History

ARRAYS = ("user", "item_index", "rating", "timestamp", "user_ids")


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
        """From ratings in any order.

        Those of one second come in an order hashed from user and movie: by the movie alone, one
        would always come before another, and a model could learn which.
        """
        order = np.lexsort((pair_hash(user_id, item_index), timestamp))
        user_ids, user = np.unique(user_id, return_inverse=True)
        stars = rating[order].astype(np.float32)
        return cls(user[order], item_index[order], stars, timestamp[order], user_ids)

    def __len__(self) -> int:
        return len(self.user)

    @property
    def users(self) -> int:
        """How many users there are."""
        return len(self.user_ids)

    def take(self, rows: np.ndarray) -> RatingLog:
        """Some of the ratings, users numbered as before; a mask or ascending places."""
        taken = {name: getattr(self, name)[rows] for name in ARRAYS if name != "user_ids"}
        return replace(self, **taken)

    @cached_property
    def by_user(self) -> tuple[Int, Int]:
        """Places of the ratings user by user, in time order within each, and where each begins."""
        order = np.argsort(self.user, kind="stable")
        return order, np.searchsorted(self.user[order], np.arange(self.users + 1))

    def of_user(self, user: int) -> Int:
        """Places of one user's ratings, oldest first."""
        order, start = self.by_user
        places: Int = order[start[user] : start[user + 1]]
        return places

    def history(self, places: Int, at: int) -> History:
        """One user's history of the ratings at `places`, oldest first, as of `at`."""
        return History(
            self.item_index[places],
            self.rating[places],
            self.timestamp[places],
            np.ones(len(places), dtype=np.float32),
            at,
        )

    def save(self, file: Path) -> None:
        """Writes all arrays into one `.npz` file."""
        np.savez(file, **{name: getattr(self, name) for name in ARRAYS})

    @classmethod
    def load(cls, file: Path) -> RatingLog:
        """The log saved in `file`."""
        with np.load(file) as saved:
            return cls(*(saved[name] for name in ARRAYS))
