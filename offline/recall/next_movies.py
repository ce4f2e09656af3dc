"""What viewers watched next: rows of the time split, each with what was known strictly before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from scipy import sparse

from offline.arrow import numpy_column
from offline.training.dataset import Samples
from sparrow.embedding import rows_of
from sparrow.events import Int
from sparrow.features import FeatureSet
from sparrow.tables import Tables
from sparrow.two_tower import HISTORY, NUMBERS, STARS

COLUMNS = (HISTORY, STARS, *NUMBERS, "user_id", "movie_id", "timestamp")
K = 100


@dataclass(frozen=True)
class NextMovies:
    """Viewers before each of n ratings, and the movie that they rated."""

    rows: dict[str, np.ndarray]  # user features, user_id, movie_id, timestamp: (n, …)

    def __len__(self) -> int:
        return len(self.rows["movie_id"])

    @classmethod
    def read(cls, samples: Samples, parts: Sequence[str], most: int) -> NextMovies:
        """The ratings of these parts; of very many the first `most`, for they lie in no order."""
        batches: list[pa.RecordBatch] = []
        for part in parts:
            for batch in samples.batches(part, list(COLUMNS)):
                batches.append(batch)
                if sum(map(len, batches)) >= most:
                    break
        table = pa.Table.from_batches(batches).slice(0, most)
        return cls(user_columns(table, samples.features, COLUMNS))


def user_columns(
    table: pa.Table, features: FeatureSet, names: Sequence[str]
) -> dict[str, np.ndarray]:
    """Columns as arrays (n,) or (n, length)."""
    lengths = {feature.name: feature.length for feature in features.features}
    return {name: numpy_column(table[name], lengths.get(name, 1)) for name in names}


@dataclass(frozen=True)
class Judge:
    """Asks which movie out of all that a viewer had not seen they watched next."""

    target: Int  # (n,) column of the movie that was watched
    seen: sparse.csr_array  # (n, movies) 1 where the viewer had rated the movie before

    @classmethod
    def of(cls, asked: NextMovies, tables: Tables, movie_ids: Int) -> Judge:
        """Over a catalogue with these ids, ascending."""
        viewers = pa.array(np.unique(asked.rows["user_id"]))
        ratings = ds.dataset(tables.path("ratings")).to_table(
            columns=["user_id", "movie_id", "timestamp"],
            filter=pc.field("user_id").isin(viewers),
        )
        user, movie, at = (ratings[name].to_numpy() for name in ratings.column_names)
        order = np.lexsort((at, user))
        user, at, column = user[order], at[order], np.searchsorted(movie_ids, movie[order])
        first = np.searchsorted(user, asked.rows["user_id"])
        before = [
            np.searchsorted(at[start : np.searchsorted(user, who, side="right")], when)
            for who, when, start in zip(
                asked.rows["user_id"], asked.rows["timestamp"], first, strict=True
            )
        ]
        columns = [column[s : s + count] for s, count in zip(first, before, strict=True)]
        ends = np.concatenate([[0], np.cumsum(before)])
        ones = np.ones(ends[-1], dtype=np.float32)
        seen = sparse.csr_array(
            (ones, np.concatenate(columns), ends), shape=(len(asked), len(movie_ids))
        )
        return cls(np.searchsorted(movie_ids, asked.rows["movie_id"]), seen)

    def recall(self, viewers: np.ndarray, movies: np.ndarray, block: int = 500) -> float:
        """Share of the watched movies among the K best by product of viewer and movie.

        `viewers` (n, dim), `movies` (movies, dim); what was seen already is left out. Of equal
        scores, the watched movie's counts as the last.
        """
        hits = 0
        for start in range(0, len(viewers), block):
            rows = slice(start, start + block)
            scores = viewers[rows] @ movies.T
            target = self.target[rows]
            own = scores[np.arange(len(target)), target]
            seen = self.seen[rows].tocoo()
            scores[seen.coords] = -np.inf
            hits += int(((scores >= own[:, None]).sum(axis=1) <= K).sum())
        return hits / len(viewers)


def place_in(movie_ids: Int, ids: Int) -> Int:
    """1 + the row of each id, 0 for one that is not among them."""
    places: Int = rows_of(ids, movie_ids) + 1
    return places
