"""Item-item similarity: how much having a movie in one's history speaks for each other movie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sparrow.events import Int

NONE = -1
"""Fills a row of `Similarity.neighbours` behind its last neighbour."""


@dataclass(frozen=True)
class Similarity:
    """For each movie its strongest relations to others, on disk as three mapped NumPy files.

    A viewer's score of movie `m` is the sum of the weights that lead from the movies of their
    history to `m`; weights may be negative, and no movie leads to itself.
    """

    ids: Int  # (n,) ascending
    neighbours: np.ndarray  # (n, k) int32 rows of `ids`, NONE behind the last
    weights: np.ndarray  # (n, k) float32, 0 behind the last, the largest size first

    def save(self, folder: Path) -> None:
        """Writes `ids.npy`, `neighbours.npy` and `weights.npy` into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "ids.npy", self.ids)
        np.save(folder / "neighbours.npy", self.neighbours.astype(np.int32))
        np.save(folder / "weights.npy", self.weights.astype(np.float32))

    @classmethod
    def load(cls, folder: Path) -> Similarity:
        """The similarity saved in `folder`, its rows mapped, not read."""
        return cls(
            np.load(folder / "ids.npy"),
            np.load(folder / "neighbours.npy", mmap_mode="r"),
            np.load(folder / "weights.npy", mmap_mode="r"),
        )
