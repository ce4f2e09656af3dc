"""Co-rating: which movies are watched by the same viewers, and what follows from it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from rich.console import Console

from sparrow.events import Int
from sparrow.evidence import MOST_MOVIES
from sparrow.similarity import Similarity, cosine, ease

SIMILARITIES = ("ease", "cosine")  # the first is the home flow's
REGULARISATION = 300.0  # of the closed form; between 100 and 1,000 little changes
NEIGHBOURS, SHRINKAGE = MOST_MOVIES, 10.0  # of the cosine: fewer neighbours foresee less
AT_ONCE, MOMENT = 3.0, 60.0
"""What two movies rated at once count more than two that were not, and how soon (in seconds) that
wears off."""

_PARTITIONS = 4  # each makes one matrix


def co_ratings(ratings: DataFrame, console: Console) -> dict[str, Similarity]:
    """SIMILARITIES between the most rated movies of a frame of ratings; says what is left out."""
    counted = ratings.groupBy("movie_id").count().cache()
    most = counted.orderBy(F.desc("count"), "movie_id").limit(MOST_MOVIES).toArrow()
    ids, related = np.sort(most["movie_id"].to_numpy()), pc.sum(most["count"]).as_py()
    movies, given = counted.agg(F.count("*"), F.sum("count")).collect()[0]
    counted.unpersist()
    if movies > len(ids):
        console.print(
            f"  co-rating relates the {len(ids):,} most rated movies and leaves out "
            f"{movies - len(ids):,} with {1 - related / given:.1%} of the ratings",
            highlight=False,
        )
    together = gram(ratings, ids)
    return {
        "ease": Similarity(ids, ease(together, REGULARISATION)),
        "cosine": Similarity(ids, cosine(together, NEIGHBOURS, SHRINKAGE)),
    }


def gram(ratings: DataFrame, ids: Int) -> np.ndarray:
    """`shared` of user_id, timestamp, movie_id for the movies of `ids`: (n, n) float64.

    Each partition of viewers sums its own matrix, and the matrices arrive a row at a time: what
    reaches the driver depends on the number of movies alone.
    """
    columns = ratings.select("user_id", "timestamp", "movie_id")
    viewers = columns.repartition(_PARTITIONS, "user_id")
    total = np.zeros((len(ids), len(ids)))
    for row in viewers.mapInArrow(_partial_gram(ids), "place int, counts binary").toLocalIterator():
        total[row.place] += np.frombuffer(row.counts, dtype=np.float32)
    return total


def _partial_gram(
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
        counts = shared(user, timestamp, place[known], len(ids))
        for row, values in enumerate(counts):
            yield pa.record_batch(
                {
                    "place": pa.array([row], pa.int32()),
                    "counts": pa.array([values.tobytes()], pa.binary()),
                }
            )

    return count


def shared(user: Int, timestamp: Int, movie: Int, movies: int) -> np.ndarray:
    """How many viewers rated both of two movies, those who did at once counting more.

    `user` (n,), `timestamp` (n,) in seconds, `movie` (n,) from 0 to `movies` - 1; the result is
    (movies, movies) float32. A viewer counts 1 + AT_ONCE * exp(-t / MOMENT) for two movies that
    they rated t seconds apart: what comes to mind together, or stood on one page, is nearer than
    what the same people ever watched. Of a movie rated twice the later rating counts.
    """
    order = np.lexsort((timestamp, user))
    bounds = np.flatnonzero(np.diff(user[order], prepend=-1, append=-1))
    total = np.zeros((movies, movies), dtype=np.float32)
    for start, end in itertools.pairwise(bounds):
        rows = order[start:end]
        apart = np.abs(np.subtract.outer(timestamp[rows], timestamp[rows]))
        # of repeated places NumPy keeps the last value, which is that of the later rating
        total[np.ix_(movie[rows], movie[rows])] += 1 + AT_ONCE * np.exp(-apart / MOMENT)
    return total
