"""Ratings from the data set for training and for validation: a bounded number, of whole users."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from offline.embeddings.two_tower.sequences import Sequences
from sparrow.arrays import Int, index_of
from sparrow.features.rating_events import hash_order
from sparrow.signals.values.history import History

COLUMNS = ["user_id", "movie_id", "rating", "timestamp"]


def read_sequences(ratings: ds.Dataset, movie_ids: Int, max_ratings: int, seed: int) -> Sequences:
    """All ratings of so many users, drawn at random, that there are at most `max_ratings`.

    `movie_ids` ascending: their places are the item_index.
    """
    chosen = sample_users(ratings, max_ratings, seed)
    user_id, item_index, rating, timestamp = _columns(ratings, chosen, movie_ids)
    return Sequences.of(user_id, item_index, rating, timestamp)


def sample_users(ratings: ds.Dataset, max_ratings: int, seed: int) -> Int:
    """Ids of users, ascending, who together have at most `max_ratings`; all, where these fit."""
    users = np.empty(0, dtype=np.int64)
    counts = np.empty(0, dtype=np.int64)
    for batch in ratings.to_batches(columns=["user_id"]):
        ids, more = np.unique(batch["user_id"].to_numpy(), return_counts=True)
        both, place = np.unique(np.concatenate([users, ids]), return_inverse=True)
        users, counts = both, np.bincount(place, np.concatenate([counts, more])).astype(np.int64)
    order = np.random.default_rng(seed).permutation(len(users))
    fit = np.cumsum(counts[order]) <= max_ratings
    return np.sort(users[order[fit]])


@dataclass(frozen=True)
class ValidationQueries:
    """What users rated next, and what was known strictly before."""

    histories: Sequence[History]
    target: Int  # (n,) item_index

    def __len__(self) -> int:
        return len(self.target)

    @classmethod
    def of(cls, targets: pa.Table, ratings: ds.Dataset, movie_ids: Int) -> ValidationQueries:
        """For each rating in `targets` (user_id, movie_id, timestamp), from all `ratings`."""
        users = pc.unique(targets["user_id"]).to_numpy()
        user, item_index, rating, timestamp = _columns(ratings, np.sort(users), movie_ids)
        order = np.argsort(user, kind="stable")
        user, time = user[order], timestamp[order]
        histories = []
        for who, when in zip(
            targets["user_id"].to_pylist(), targets["timestamp"].to_pylist(), strict=True
        ):
            begin, end = np.searchsorted(user, [who, who + 1])
            rows = order[begin : begin + np.searchsorted(time[begin:end], when)]
            ones = np.ones(len(rows), dtype=np.float32)
            histories.append(History(item_index[rows], rating[rows], timestamp[rows], ones, when))
        return cls(histories, index_of(targets["movie_id"].to_numpy(), movie_ids))


def _columns(
    ratings: ds.Dataset, user_ids: Int, movie_ids: Int
) -> tuple[Int, Int, np.ndarray, Int]:
    """user_id, item_index, rating and timestamp of these users' ratings, in time order.

    Those of one second come in an order that neither the file nor the movie alone decides.
    """
    table = ratings.to_table(columns=COLUMNS, filter=pc.field("user_id").isin(user_ids))
    user, movie, rating, timestamp = (table[name].to_numpy() for name in COLUMNS)
    order = np.lexsort((hash_order(hash_order(user) + movie.astype(np.uint64)), timestamp))
    item_index = index_of(movie[order], movie_ids)
    return user[order], item_index, rating[order].astype(np.float32), timestamp[order]
