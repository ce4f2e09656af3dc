"""Ratings of one entity in time order, as parallel arrays: what the folds read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sparrow.arrays import Float, Int


def hash_order(ids: Int) -> np.ndarray:
    """A pseudo-random but fixed order of ids (the finaliser of SplitMix64).

    Users often rate a whole page within one second. Ordering such ties by this key tells a model
    nothing: neither the order of ids nor that of lines in a file.
    """
    x = ids.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def pair_hash(user_ids: Int, movie_ids: Int) -> np.ndarray:
    """`hash_order` of each pair of a user and a movie."""
    with np.errstate(over="ignore"):
        return hash_order(movie_ids + hash_order(user_ids).astype(np.int64))


def order_by_time(timestamp: Int, tie_breaker_id: Int) -> Int:
    """Positions by time; ties by `hash_order(tie_breaker_id)`, the id of the other party."""
    order: Int = np.lexsort((hash_order(tie_breaker_id), timestamp))
    return order


@dataclass(frozen=True)
class Events:
    """Ratings of one user or one movie; all arrays have one length, `timestamp` ascends."""

    timestamp: Int  # seconds since 1970
    movie_id: Int
    rating: Float  # stars
    genres: Int  # bits: 1 << g for the g-th genre of the feature set
    year: Float  # of release; NaN where unknown

    def __len__(self) -> int:
        return len(self.timestamp)

    @classmethod
    def sorted_by_time(
        cls,
        timestamp: Int,
        tie_breaker_id: Int,
        movie_id: Int,
        rating: Float,
        genres: Int,
        year: Float,
    ) -> Events:
        """Events in `order_by_time`."""
        order = order_by_time(timestamp, tie_breaker_id)
        return cls(timestamp[order], movie_id[order], rating[order], genres[order], year[order])

    def count_before(self, at: Int) -> Int:
        """How many events happened strictly before each time of `at`."""
        return np.searchsorted(self.timestamp, at, side="left")
