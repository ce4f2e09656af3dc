"""Movie embeddings as one matrix in the catalogue's order, with their nearest neighbours."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sparrow.embedding import Embedding
from sparrow.events import Int

_KEPT = 100  # neighbours of a movie that are remembered


def best(scores: np.ndarray, count: int) -> Int:
    """Positions of the `count` largest scores, largest first, ties by position; -inf is left out.

    NaN counts as -inf.
    """
    scores = np.where(np.isnan(scores), -np.inf, scores)
    count = min(count, len(scores))
    if count == 0:
        return np.empty(0, dtype=np.int64)
    bar = np.partition(scores, len(scores) - count)[len(scores) - count]
    reaching = np.flatnonzero((scores >= bar) & (scores > -np.inf))
    order = np.argsort(-scores[reaching], kind="stable")[:count]
    found: Int = reaching[order]
    return found


@dataclass(frozen=True)
class Vectors:
    """One embedding of the catalogue's movies; a movie that training never saw has zeros."""

    matrix: np.ndarray  # (movies, dim) float32, contiguous
    known: np.ndarray  # (movies,) bool
    lengths: np.ndarray = field(init=False, repr=False, compare=False)  # (movies,)
    _neighbours: dict[int, tuple[Int, np.ndarray]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        """Lengths once, not with every request."""
        object.__setattr__(self, "lengths", np.linalg.norm(self.matrix, axis=1))

    @classmethod
    def aligned(cls, embedding: Embedding, movie_ids: Int) -> Vectors:
        """The embedding with row *i* for `movie_ids[i]`."""
        row = embedding.positions(movie_ids)
        known = row >= 0
        matrix = np.zeros((len(movie_ids), embedding.vectors.shape[1]), dtype=np.float32)
        matrix[known] = embedding.vectors[row[known]]
        return cls(matrix, known)

    def dot(self, vector: np.ndarray) -> np.ndarray:
        """Dot product of each movie with `vector` (dim,): `(movies,)`, -inf without a vector."""
        return np.where(self.known, self.matrix @ vector, -np.inf)

    def cosine(self, vector: np.ndarray) -> np.ndarray:
        """Cosine of each movie with `vector` (dim,): `(movies,)`, -inf without a vector."""
        length = self.lengths * np.linalg.norm(vector)
        with np.errstate(invalid="ignore", divide="ignore"):
            cosine = (self.matrix @ vector) / length
        return np.where(self.known & (length > 0), cosine, -np.inf)

    def neighbours(self, position: int, count: int) -> tuple[Int, np.ndarray]:
        """The `count` movies most similar to one, itself not among them, and their cosines.

        Both are empty for a movie without a vector. The first `_KEPT` are computed once per movie:
        requests meet the same liked movies again and again.
        """
        if count > _KEPT:
            return self._nearest(position, count)
        if position not in self._neighbours:
            self._neighbours[position] = self._nearest(position, _KEPT)
        found, cosines = self._neighbours[position]
        return found[:count], cosines[:count]

    def _nearest(self, position: int, count: int) -> tuple[Int, np.ndarray]:
        similar = self.cosine(self.matrix[position])
        similar[position] = -np.inf
        found = best(similar, count)
        return found, similar[found]
