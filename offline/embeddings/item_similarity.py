"""Co-rating: which movies are watched by the same users, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from rich.console import Console
from scipy import sparse

from sparrow.arrays import Int, index_of
from sparrow.features.rating_events import pair_hash
from sparrow.signals.values.item_similarity import MAX_ITEMS
from sparrow.units import HOUR
from sparrow.vectors.item_weights import ItemWeights, cosine, ease

SESSION_SECONDS = HOUR  # without a rating that end a session
STEPS_AHEAD = 3  # ratings after a movie that count as its successors, the next one most
REGULARISATION = 300.0  # of the closed form
NEIGHBOURS, SHRINKAGE = MAX_ITEMS, 10.0  # of the cosine: fewer neighbours predict less
NEAR_IN_TIME_WEIGHT, TIME_DECAY_SECONDS = 3.0, 60.0
"""What a user who rated two movies at once counts more for EASE than one who did not, and how
soon (in seconds) that wears off. The cosine, used for newcomers, gets worse by it."""

MAX_DECAY_TIMES = 10.0  # moments apart beyond which two ratings are nowhere near each other
_PARTITIONS = 4  # each makes matrices of its own
MATRICES = ("users", "near_in_time", "successors")
SCHEMA = "item_index int, " + ", ".join(f"{name} binary" for name in MATRICES)


def item_similarities(ratings: DataFrame, console: Console) -> dict[str, ItemWeights]:
    """`CoOccurrence.similarities` of the most rated movies; prints what is left out."""
    counted = ratings.groupBy("movie_id").count().cache()
    most = counted.orderBy(F.desc("count"), "movie_id").limit(MAX_ITEMS).toArrow()
    ids, related = np.sort(most["movie_id"].to_numpy()), pc.sum(most["count"]).as_py()
    movies, given = counted.agg(F.count("*"), F.sum("count")).collect()[0]
    counted.unpersist()
    if movies > len(ids):
        console.print(
            f"  co-rating relates the {len(ids):,} most rated movies and leaves out "
            f"{movies - len(ids):,} with {1 - related / given:.1%} of the ratings",
            highlight=False,
        )
    found = co_occurrence(ratings, ids).similarities()
    return {name: ItemWeights(ids, weights) for name, weights in found.items()}


@dataclass(frozen=True)
class CoOccurrence:
    """What two movies have in common, (movies, movies) each."""

    users: np.ndarray  # how many rated both
    near_in_time: (
        np.ndarray
    )  # the same users, each counting exp(-t / TIME_DECAY_SECONDS), t seconds in between
    successors: np.ndarray  # ratings of the column's movie soon after the row's, in one session

    @classmethod
    def of(cls, user: Int, timestamp: Int, movie: Int, movies: int) -> CoOccurrence:
        """From ratings: `user` (n,), `timestamp` (n,) seconds, `movie` (n,) from 0 to `movies` - 1.

        No user rates a movie twice.
        """
        _, row = np.unique(user, return_inverse=True)
        shape = int(row.max(initial=-1)) + 1, movies
        seen = sparse.csr_array((np.ones(len(row), dtype=np.float32), (row, movie)), shape=shape)
        order = np.lexsort((pair_hash(user, movie), timestamp, user))
        ordered = user[order], timestamp[order], movie[order]
        later = _near_in_time(*ordered, movies)
        users = (seen.T @ seen).toarray()
        near_in_time = later + later.T + np.diag(np.diag(users))
        return cls(users, near_in_time, _successors(*ordered, movies))

    def similarities(self) -> dict[str, np.ndarray]:
        """The signals' matrices by name, (movies, movies) float32 each."""
        support = np.diag(self.users)[:, None] + SHRINKAGE
        together = self.near_in_time - np.diag(np.diag(self.near_in_time))
        found = {
            # users who rated both at once count more: what comes to mind together, or stood on one
            # page, is nearer than what the same people ever watched
            "ease": ease(self.users + NEAR_IN_TIME_WEIGHT * self.near_in_time, REGULARISATION),
            "item_knn": cosine(self.users, NEIGHBOURS, SHRINKAGE),
            "successors": self.successors / support,
            "same_session": together / np.sqrt(support * support.T),
        }
        return {name: np.ascontiguousarray(each, np.float32) for name, each in found.items()}


def _near_in_time(user: Int, timestamp: Int, movie: Int, movies: int) -> np.ndarray:
    """`CoOccurrence.near_in_time` of a movie (row) and those rated after it, or in the same second.

    The ratings come by user and time. Each is held against the next one of its user, then the
    one after that, as long as they are near: what is far apart counts next to nothing, and costs
    nothing.
    """
    total = np.zeros((movies, movies), dtype=np.float32)
    rated, ahead = np.arange(len(user)), 0
    while len(rated):
        ahead += 1
        rated = rated[rated + ahead < len(user)]
        apart = timestamp[rated + ahead] - timestamp[rated]
        near = (user[rated + ahead] == user[rated]) & (
            apart <= MAX_DECAY_TIMES * TIME_DECAY_SECONDS
        )
        rated, share = rated[near], np.exp(-apart[near] / TIME_DECAY_SECONDS, dtype=np.float32)
        np.add.at(total.reshape(-1), movie[rated] * movies + movie[rated + ahead], share)
    return total


def _successors(user: Int, timestamp: Int, movie: Int, movies: int) -> np.ndarray:
    """`CoOccurrence.successors`: the k-th rating after a movie counts 1 / k, up to `STEPS_AHEAD`.

    The ratings come by user and time.
    """
    total = np.zeros(movies * movies, dtype=np.float32)
    for step in range(1, STEPS_AHEAD + 1):
        apart = timestamp[step:] - timestamp[:-step]
        near = (user[step:] == user[:-step]) & (apart <= SESSION_SECONDS)
        pairs = movie[:-step][near] * movies + movie[step:][near]
        np.add.at(total, pairs, np.float32(1 / step))
    return total.reshape(movies, movies)


def co_occurrence(ratings: DataFrame, ids: Int) -> CoOccurrence:
    """Of user_id, timestamp, movie_id for the movies of `ids` (n,), in float64.

    Each partition of users sums its own matrices, and the matrices arrive a row at a time: what
    reaches the driver depends on the number of movies alone.
    """
    columns = ratings.select("user_id", "timestamp", "movie_id")
    partitions = columns.repartition(_PARTITIONS, "user_id")
    total = CoOccurrence(*np.zeros((3, len(ids), len(ids))))
    made = partitions.mapInArrow(_of_partition(ids), SCHEMA)
    for row in made.toLocalIterator():
        for name in MATRICES:
            getattr(total, name)[row.item_index] += np.frombuffer(row[name], dtype=np.float32)
    return total


def _of_partition(
    ids: Int,
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def count(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        parts = list(batches)
        if not parts:
            return
        rows = pa.Table.from_batches(parts)
        movie = rows["movie_id"].to_numpy()
        item_index = index_of(movie, ids)
        known = item_index >= 0
        user, timestamp = (rows[name].to_numpy()[known] for name in ("user_id", "timestamp"))
        shared = CoOccurrence.of(user, timestamp, item_index[known], len(ids))
        for row in range(len(ids)):
            matrices = {
                name: pa.array([getattr(shared, name)[row].astype(np.float32).tobytes()])
                for name in MATRICES
            }
            yield pa.record_batch({"item_index": pa.array([row], pa.int32()), **matrices})

    return count
