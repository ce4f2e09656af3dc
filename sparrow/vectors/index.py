"""Indexes: which vectors of many have the largest inner product with one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from usearch.index import Index as Graph

from sparrow.arrays import Int, top_k

HNSW_FILE = "index.usearch"

CONNECTIVITY = 16  # neighbours of a vector in the graph
EXPANSION_ADD = 128  # vectors kept in sight while one is added, …
EXPANSION_SEARCH = 400  # … and while the nearest are looked for
SEQUENTIAL_INSERTS = 2_000  # vectors that are added one after another


class Index(Protocol):
    """Finds vectors by their inner product with another."""

    def __len__(self) -> int:
        """How many vectors there are."""
        ...

    def search(self, vector: np.ndarray, k: int) -> tuple[Int, np.ndarray]:
        """Places of the `k` vectors with the largest products, best first, and the products.

        `vector` is (dim,); both results are (k,), or as long as there are vectors.
        """
        ...


@dataclass(frozen=True)
class ExactIndex:
    """One matrix–vector product; nothing to build, nothing missed."""

    matrix: np.ndarray  # (n, dim) float32

    def __len__(self) -> int:
        return len(self.matrix)

    def search(self, vector: np.ndarray, k: int) -> tuple[Int, np.ndarray]:
        """As `Index` says; of equal products the first come first."""
        products = self.matrix @ np.asarray(vector, dtype=np.float32)
        rows = top_k(products, k)
        return rows, products[rows]


@dataclass(frozen=True)
class HnswIndex:
    """A navigable graph of neighbours; a search sees a few thousand vectors of however many.

    Malkov & Yashunin (2016, arXiv:1603.09320). The graph needs a distance, which the inner product
    of vectors of different lengths is none: each gets one number more that makes all of them
    equally long, and the query gets a zero there (Bachrach et al., Speeding Up the Xbox Recommender
    System Using a Euclidean Transformation for Inner-Product Spaces, 2014).
    """

    graph: Graph

    @classmethod
    def build(cls, matrix: np.ndarray, expansion: int = EXPANSION_ADD) -> HnswIndex:
        """The graph of the rows of `matrix` (n, dim), in parallel after SEQUENTIAL_INSERTS."""
        graph = Graph(
            ndim=matrix.shape[1] + 1,
            metric="ip",
            dtype="f32",
            connectivity=CONNECTIVITY,
            expansion_add=expansion,
            expansion_search=EXPANSION_SEARCH,
            enable_key_lookups=False,
        )
        # what is added at the same time does not meet: of a graph that has just begun, too much
        vectors, first = augment_for_mips(matrix), np.arange(min(SEQUENTIAL_INSERTS, len(matrix)))
        graph.add(first, vectors[: len(first)], threads=1)
        if len(matrix) > SEQUENTIAL_INSERTS:
            graph.add(np.arange(SEQUENTIAL_INSERTS, len(matrix)), vectors[SEQUENTIAL_INSERTS:])
        return cls(graph)

    def save(self, file: Path) -> None:
        """Writes the graph, vectors included."""
        self.graph.save(str(file))

    @classmethod
    def view(cls, file: Path) -> HnswIndex:
        """The graph saved in `file`, mapped, not read: processes share its pages."""
        graph = Graph(
            metric="ip",
            expansion_search=EXPANSION_SEARCH,
            path=file,
            view=True,
            enable_key_lookups=False,
        )
        return cls(graph)

    def __len__(self) -> int:
        return len(self.graph)

    def search(self, vector: np.ndarray, k: int) -> tuple[Int, np.ndarray]:
        """As `Index` says; a few of the right ones may be missing."""
        if k == 0 or len(self) == 0:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        query = np.append(np.asarray(vector, dtype=np.float32), np.float32(0.0))
        found = self.graph.search(query, min(k, len(self)), threads=1)
        return found.keys.astype(np.int64), 1.0 - found.distances


def build_index(folder: Path, matrix: np.ndarray, min_items: int) -> float | None:
    """Builds an HNSW index in `folder` for `min_items` vectors or more; returns its recall at 100.

    Below `min_items` exact search is as fast (`benchmarks/index.py`): builds nothing, returns None.
    """
    if len(matrix) < min_items:
        return None
    index = HnswIndex.build(matrix)
    index.save(folder / HNSW_FILE)
    return recall(index, ExactIndex(matrix), _sample_queries(matrix))


def load_index(folder: Path) -> Index | None:
    """The index that `build_index` wrote into `folder`; None if it built none."""
    file = folder / HNSW_FILE
    return HnswIndex.view(file) if file.exists() else None


def recall(index: Index, exact: Index, queries: np.ndarray, k: int = 100) -> float:
    """Share of the `k` best of `exact` that `index` finds too, over all queries (n, dim)."""
    shares = []
    for query in queries:
        wanted, _ = exact.search(query, k)
        found, _ = index.search(query, k)
        shares.append(np.isin(wanted, found).mean())
    return float(np.mean(shares))


def augment_for_mips(matrix: np.ndarray) -> np.ndarray:
    """Vectors (n, dim + 1): one coordinate appended, so that all have the largest norm."""
    squares = np.einsum("nd,nd->n", matrix, matrix)
    rest = np.sqrt(np.maximum(squares.max(initial=0.0) - squares, 0.0))
    return np.column_stack([matrix, rest]).astype(np.float32)


def _sample_queries(matrix: np.ndarray, count: int = 100, mixed: int = 10) -> np.ndarray:
    """Vectors as users have them, (count, dim): means of a few movies'."""
    random = np.random.default_rng(len(matrix))
    picked = random.integers(0, len(matrix), (count, mixed))
    queries: np.ndarray = matrix[picked].mean(axis=1)
    return queries
