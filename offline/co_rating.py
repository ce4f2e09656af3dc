"""Co-rating: which movies are watched by the same viewers, and what follows from it."""

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

from sparrow.events import Int
from sparrow.signals.item_similarity import MAX_ITEMS
from sparrow.similarity import Similarity, cosine, ease

SIMILARITIES = ("ease", "cosine")  # the first is the home flow's
REGULARISATION = 300.0  # of the closed form
NEIGHBOURS, SHRINKAGE = MAX_ITEMS, 10.0  # of the cosine: fewer neighbours foresee less
AT_ONCE, MOMENT = 3.0, 60.0
"""What a viewer who rated two movies at once counts more for EASE than one who did not, and how
soon (in seconds) that wears off. The cosine, which speaks for newcomers, foresees less by it."""

FARTHEST = 10.0  # moments apart beyond which two ratings are nowhere near each other
_PARTITIONS = 4  # each makes one matrix


def co_ratings(ratings: DataFrame, console: Console) -> dict[str, Similarity]:
    """SIMILARITIES between the most rated movies of a frame of ratings; says what is left out."""
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
    shared = shared_viewers(ratings, ids)
    return {
        "ease": Similarity(ids, ease(shared.weighted, REGULARISATION)),
        "cosine": Similarity(ids, cosine(shared.viewers, NEIGHBOURS, SHRINKAGE)),
    }


@dataclass(frozen=True)
class SharedViewers:
    """What two movies have in common, (movies, movies) each."""

    viewers: np.ndarray  # how many rated both
    at_once: np.ndarray  # the same viewers, each counting exp(-t / MOMENT), t seconds in between

    @classmethod
    def of(cls, user: Int, timestamp: Int, movie: Int, movies: int) -> SharedViewers:
        """From ratings: `user` (n,), `timestamp` (n,) seconds, `movie` (n,) from 0 to `movies` - 1.

        No viewer rates a movie twice.
        """
        _, row = np.unique(user, return_inverse=True)
        shape = int(row.max(initial=-1)) + 1, movies
        seen = sparse.csr_array((np.ones(len(row), dtype=np.float32), (row, movie)), shape=shape)
        order = np.lexsort((timestamp, user))
        later = _later(user[order], timestamp[order], movie[order], movies)
        viewers = (seen.T @ seen).toarray()
        return cls(viewers, later + later.T + np.diag(np.diag(viewers)))

    @property
    def weighted(self) -> np.ndarray:
        """Viewers who rated both at once count more: what comes to mind together, or stood on one
        page, is nearer than what the same people ever watched."""
        return self.viewers + AT_ONCE * self.at_once


def _later(user: Int, timestamp: Int, movie: Int, movies: int) -> np.ndarray:
    """`SharedViewers.at_once` of a movie (row) and those rated after it, or in the same second.

    The ratings come by viewer and time. Each is held against the next one of its viewer, then the
    one after that, as long as they are near: what is far apart counts next to nothing, and costs
    nothing.
    """
    total = np.zeros((movies, movies), dtype=np.float32)
    rated, ahead = np.arange(len(user)), 0
    while len(rated):
        ahead += 1
        rated = rated[rated + ahead < len(user)]
        apart = timestamp[rated + ahead] - timestamp[rated]
        near = (user[rated + ahead] == user[rated]) & (apart <= FARTHEST * MOMENT)
        rated, share = rated[near], np.exp(-apart[near] / MOMENT, dtype=np.float32)
        np.add.at(total.reshape(-1), movie[rated] * movies + movie[rated + ahead], share)
    return total


def shared_viewers(ratings: DataFrame, ids: Int) -> SharedViewers:
    """Of user_id, timestamp, movie_id for the movies of `ids` (n,), in float64.

    Each partition of viewers sums its own matrices, and the matrices arrive a row at a time: what
    reaches the driver depends on the number of movies alone.
    """
    columns = ratings.select("user_id", "timestamp", "movie_id")
    partitions = columns.repartition(_PARTITIONS, "user_id")
    total = SharedViewers(*np.zeros((2, len(ids), len(ids))))
    made = partitions.mapInArrow(_of_partition(ids), "place int, viewers binary, at_once binary")
    for row in made.toLocalIterator():
        total.viewers[row.place] += np.frombuffer(row.viewers, dtype=np.float32)
        total.at_once[row.place] += np.frombuffer(row.at_once, dtype=np.float32)
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
        place = np.minimum(np.searchsorted(ids, movie), len(ids) - 1)
        known = ids[place] == movie
        user, timestamp = (rows[name].to_numpy()[known] for name in ("user_id", "timestamp"))
        shared = SharedViewers.of(user, timestamp, place[known], len(ids))
        for row, (viewers, at_once) in enumerate(zip(shared.viewers, shared.at_once, strict=True)):
            yield pa.record_batch(
                {
                    "place": pa.array([row], pa.int32()),
                    "viewers": pa.array([viewers.tobytes()], pa.binary()),
                    "at_once": pa.array([at_once.tobytes()], pa.binary()),
                }
            )

    return count
