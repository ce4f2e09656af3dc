"""An embedding: a vector per id, on disk as two NumPy files that servers map into memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sparrow.arrays import Int, index_of

MEAN_POOLED_EMBEDDINGS = ("item2vec", "deepwalk", "node2vec")
"""Embeddings whose movies have length 1 and whose users are the mean of their last likes."""


@dataclass(frozen=True)
class Embedding:
    """Vectors by id; an id that training never saw has none."""

    ids: Int  # (n,) ascending
    vectors: np.ndarray  # (n, dim) float32

    def save(self, folder: Path) -> None:
        """Writes `ids.npy` and `vectors.npy` into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "ids.npy", self.ids)
        np.save(folder / "vectors.npy", self.vectors.astype(np.float32))

    @classmethod
    def load(cls, folder: Path) -> Embedding:
        """The embedding saved in `folder`, its vectors mapped, not read."""
        ids = np.load(folder / "ids.npy")
        return cls(ids, np.load(folder / "vectors.npy", mmap_mode="r"))

    def rows(self, ids: Int) -> Int:
        """Row of each id, -1 where it has no vector."""
        return index_of(ids, self.ids)
