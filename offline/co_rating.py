"""Co-rating: which movies are watched by the same viewers, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from rich.console import Console
from scipy import sparse

from sparrow.events import Int
from sparrow.evidence import MOST_MOVIES
from sparrow.similarity import Similarity, cosine, ease

SIMILARITIES = ("ease", "cosine")  # the first is the home flow's
REGULARISATION = 300.0  # of the closed form; between 100 and 1,000 little changes
NEIGHBOURS, SHRINKAGE = MOST_MOVIES, 10.0  # of the cosine: fewer neighbours foresee less
_PARTITIONS = 4  # each makes one matrix


def co_ratings(ratings: DataFrame, console: Console) -> dict[str, Similarity]:
    """SIMILARITIES between the most rated movies of user_id, movie_id; says what is left out."""
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
    shared = gram(ratings, ids)
    return {
        "ease": Similarity(ids, ease(shared, REGULARISATION)),
        "cosine": Similarity(ids, cosine(shared, NEIGHBOURS, SHRINKAGE)),
    }


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
