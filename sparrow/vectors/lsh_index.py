"""Locality-sensitive hashing: an index that looks only at vectors which share a bucket."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sparrow.arrays import Int

HASH_TABLES = 16
BUCKET_SIZE = 400  # vectors in a bucket, on average


@dataclass(frozen=True)
class LshIndex:
    """Tables of buckets; a vector's bucket is on which side of some random planes it lies.

    Inner products become angles first, as Neyshabur & Srebro (2015, arXiv:1410.5518) do: each
    vector gets one number more that makes all of them equally long, the query a zero there. Of
    every table the query's bucket is looked at.
    """

    matrix: np.ndarray  # (n, dim) float32
    planes: np.ndarray  # (tables, bits, dim + 1) float32
    buckets: np.ndarray  # (tables, n) ascending
    rows: np.ndarray  # (tables, n) what is in them: rows of `matrix`

    @classmethod
    def build(cls, matrix: np.ndarray, seed: int = 0) -> LshIndex:
        """The tables of the rows of `matrix`, (n, dim)."""
        random = np.random.default_rng(seed)
        bits = max(1, round(np.log2(max(len(matrix), 1) / BUCKET_SIZE)))
        planes = random.normal(size=(HASH_TABLES, bits, matrix.shape[1] + 1)).astype(np.float32)
        codes = _codes(planes, augment_for_mips(matrix))
        rows = np.argsort(codes, axis=1, kind="stable")
        return cls(matrix, planes, np.take_along_axis(codes, rows, axis=1), rows)

    def save(self, file: Path) -> None:
        """Writes planes and tables; the vectors are the embedding's."""
        with file.open("wb") as target:
            np.savez(target, planes=self.planes, buckets=self.buckets, rows=self.rows)

    @classmethod
    def load(cls, file: Path, matrix: np.ndarray) -> LshIndex:
        """What was saved of the tables of `matrix`."""
        with np.load(file) as saved:
            return cls(matrix, saved["planes"], saved["buckets"], saved["rows"])

    def __len__(self) -> int:
        return len(self.matrix)

    def search(self, vector: np.ndarray, k: int) -> tuple[Int, np.ndarray]:
        """As `sparrow.vectors.index.Index` says, but some of the right ones are missing.

        Fewer than `k` where there are not so many in the buckets.
        """
        query = np.asarray(vector, dtype=np.float32)
        own = _codes(self.planes, np.append(query, np.float32(0.0))[None])[:, 0]
        candidates = np.zeros(len(self.matrix), dtype=bool)
        for bucket, buckets, rows in zip(own, self.buckets, self.rows, strict=True):
            first, last = np.searchsorted(buckets, [bucket, bucket + 1])
            candidates[rows[first:last]] = True
        candidate_rows = np.flatnonzero(candidates)
        products = self.matrix[candidate_rows] @ query
        order = np.argsort(-products, kind="stable")[:k]
        return candidate_rows[order], products[order]


def augment_for_mips(matrix: np.ndarray) -> np.ndarray:
    """ItemVectors with one number more, (n, dim + 1), that makes all as long as the longest."""
    squares = np.einsum("nd,nd->n", matrix, matrix)
    rest = np.sqrt(np.maximum(squares.max(initial=0.0) - squares, 0.0))
    return np.column_stack([matrix, rest]).astype(np.float32)


def _codes(planes: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Buckets of vectors (n, dim + 1): (tables, n)."""
    sides = np.einsum("tbd,nd->tnb", planes, vectors, optimize=True) > 0
    codes: np.ndarray = sides @ (1 << np.arange(planes.shape[1]))
    return codes
