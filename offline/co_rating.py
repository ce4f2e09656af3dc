"""Co-rating: which movies are watched by the same viewers, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from scipy import sparse

from sparrow.events import Int
from sparrow.evidence import MOST_MOVIES
from sparrow.similarity import Similarity, ease

REGULARISATION = 300.0  # of the closed form; between 100 and 1,000 little changes
_PARTITIONS = 4  # each makes one matrix


def co_rating(ratings: DataFrame) -> Similarity:
    """EASE weights between the most rated movies of user_id, movie_id."""
    counted = ratings.groupBy("movie_id").count()
    most = counted.orderBy(F.desc("count"), "movie_id").limit(MOST_MOVIES).toArrow()
    ids = np.sort(most["movie_id"].to_numpy())
    return Similarity(ids, ease(gram(ratings, ids), REGULARISATION))


def gram(ratings: DataFrame, ids: Int) -> np.ndarray:
    """How many viewers rated both of two movies of `ids`: (n, n) float64.

    Each partition of viewers sums its own matrix, and the matrices arrive a row at a time: what
    reaches the driver depends on the number of movies alone.
    """
    viewers = ratings.select("user_id", "movie_id").repartition(_PARTITIONS, "user_id")
    total = np.zeros((len(ids), len(ids)))
    for row in viewers.mapInArrow(_partial_gram(ids), "place int, counts binary").toLocalIterator():
        total[row.place] += np.frombuffer(row.counts, dtype=np.float32)
    return total


def _partial_gram(
    ids: Int,
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def count(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        parts = [(b["user_id"].to_numpy(), b["movie_id"].to_numpy()) for b in batches]
        if not parts:
            return
        users, movies = (np.concatenate(column) for column in zip(*parts, strict=True))
        place = np.minimum(np.searchsorted(ids, movies), len(ids) - 1)
        known = ids[place] == movies
        _, user = np.unique(users, return_inverse=True)
        ones = np.ones(int(known.sum()), dtype=np.float32)
        shape = (int(user.max()) + 1, len(ids))
        seen = sparse.csr_array((ones, (user[known], place[known])), shape=shape)
        seen.data[:] = 1.0  # who rated a movie twice has watched it all the same
        counts = (seen.T @ seen).tocsr()
        for row in range(len(ids)):
            dense = counts[[row]].toarray().astype(np.float32)
            yield pa.record_batch(
                {
                    "place": pa.array([row], pa.int32()),
                    "counts": pa.array([dense.tobytes()], pa.binary()),
                }
            )

    return count
