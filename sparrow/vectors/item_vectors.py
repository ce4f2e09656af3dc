"""Movie embeddings as one matrix in the catalogue's order, with their nearest neighbours."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sparrow.arrays import Int, top_k
from sparrow.vectors.embedding import Embedding
from sparrow.vectors.index import ExactIndex, Index, load_index

ALL_ROWS = slice(None)
_CACHED_NEIGHBOURS = 100  # neighbours of a movie that are remembered
_MAX_INDEX_RESULTS = 1_000  # of an index at a time: for more, looking at every movie is as fast
_SAMPLE = 1_000  # vectors that show which share may be found
_EXACT_SHARE = (
    0.5  # share of the catalogue up to which an embedding's movies are looked at by themselves
)
_OVERFETCH = 1.2  # more is asked for than should be left, for what is closed is not spread evenly


@dataclass(frozen=True)
class IndexedRows:
    """An index of an embedding's vectors, and where they stand in the catalogue."""

    index: Index
    positions: Int  # (vectors,)
    equal_norms: bool  # then the largest product has the largest cosine, too


@dataclass(frozen=True)
class ItemVectors:
    """One embedding of the catalogue's movies; a movie that training never saw has zeros."""

    matrix: np.ndarray  # (movies, dim) float32, contiguous
    known: np.ndarray  # (movies,) bool
    indexed: IndexedRows | None = None  # none: looking at every movie is as fast
    lengths: np.ndarray = field(init=False, repr=False, compare=False)  # (movies,)
    _neighbours: dict[int, tuple[Int, np.ndarray]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        """Lengths once, not with every request."""
        object.__setattr__(self, "lengths", np.linalg.norm(self.matrix, axis=1))

    @classmethod
    def load(cls, folder: Path, movie_ids: Int) -> ItemVectors:
        """The embedding in `folder` with its index, if it has one, for `movie_ids`, ascending."""
        embedding = Embedding.load(folder)
        vectors = cls.aligned(embedding, movie_ids)
        index = load_index(folder)
        if index is None and 0 < len(embedding.ids) <= _EXACT_SHARE * len(movie_ids):
            # as of cold movies: a product with zeros for all the others would be waste
            index = ExactIndex(np.asarray(embedding.vectors))
        if index is None:
            return vectors
        lengths = vectors.lengths[vectors.known]
        indexed = IndexedRows(
            index,
            np.searchsorted(movie_ids, embedding.ids),
            bool(np.ptp(lengths) < 1e-3 * lengths.max()),
        )
        return cls(vectors.matrix, vectors.known, indexed)

    @classmethod
    def aligned(cls, embedding: Embedding, movie_ids: Int) -> ItemVectors:
        """The embedding with row *i* for `movie_ids[i]`."""
        if np.array_equal(embedding.ids, movie_ids):  # as it is, so that processes share its pages
            # a plain view: NumPy spends microseconds on every look at a memmap
            return cls(np.asarray(embedding.vectors), np.ones(len(movie_ids), dtype=bool))
        row = embedding.rows(movie_ids)
        known = row >= 0
        matrix = np.zeros((len(movie_ids), embedding.vectors.shape[1]), dtype=np.float32)
        matrix[known] = embedding.vectors[row[known]]
        return cls(matrix, known)

    def dot(self, vector: np.ndarray) -> np.ndarray:
        """Dot product of each movie with `vector` (dim,): `(movies,)`, -inf without a vector."""
        return np.where(self.known, self.matrix @ vector, -np.inf)

    def cosine(self, vector: np.ndarray, positions: Int | slice = ALL_ROWS) -> np.ndarray:
        """Cosine of movies at `positions` with `vector` (dim,): `(n,)`, -inf without a vector."""
        length = self.lengths[positions] * np.linalg.norm(vector)
        with np.errstate(invalid="ignore", divide="ignore"):
            cosine = (self.matrix[positions] @ vector) / length
        return np.where(self.known[positions] & (length > 0), cosine, -np.inf)

    def nearest(
        self, vector: np.ndarray, count: int, among: np.ndarray, *, cosine: bool = False
    ) -> Int:
        """Positions of the `count` movies `among` (movies,) bool that fit `vector` (dim,) best.

        An index is asked for as many more as are not `among`. Where those are very many, as in a
        small genre, or too few come of it, every movie is looked at instead.
        """
        if self.indexed is not None and (self.indexed.equal_norms or not cosine):
            found = self._search_index(self.indexed, vector, count, among)
            if found is not None:
                return found
        fit = self.cosine(vector) if cosine else self.dot(vector)
        return top_k(np.where(among, fit, -np.inf), count)

    def _search_index(
        self, indexed: IndexedRows, vector: np.ndarray, count: int, among: np.ndarray
    ) -> Int | None:
        sample = indexed.positions[:: len(indexed.positions) // _SAMPLE + 1]
        share = np.count_nonzero(among[sample]) / max(len(sample), 1)
        wanted = int(count * _OVERFETCH / max(share, 1e-9)) + count
        if wanted > _MAX_INDEX_RESULTS:
            return None
        places, _ = indexed.index.search(vector, wanted)
        found = indexed.positions[places]
        found = found[among[found]][:count]
        return found if len(found) == count else None

    def neighbours(self, position: int, count: int) -> tuple[Int, np.ndarray]:
        """The `count` movies most similar to one, itself not among them, and their cosines.

        Both are empty for a movie without a vector. The first `_CACHED_NEIGHBOURS` are cached per
        movie, since requests look up the same liked movies again.
        """
        if count > _CACHED_NEIGHBOURS:
            return self._nearest(position, count)
        if position not in self._neighbours:
            self._neighbours[position] = self._nearest(position, _CACHED_NEIGHBOURS)
        found, cosines = self._neighbours[position]
        return found[:count], cosines[:count]

    def _nearest(self, position: int, count: int) -> tuple[Int, np.ndarray]:
        others = self.known.copy()
        others[position] = False
        if not self.lengths[position]:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        own = self.matrix[position]
        found = self.nearest(own, count, others, cosine=True)
        return found, self.matrix[found] @ own / (self.lengths[found] * self.lengths[position])
