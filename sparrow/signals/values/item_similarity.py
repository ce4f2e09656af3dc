"""Item-item matrices over the most rated movies of a catalogue."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sparrow.arrays import Int, index_of

MAX_ITEMS = 4_000
"""Movies that have a row: the most rated ones of a large catalogue."""


@dataclass(frozen=True)
class ItemSimilarity:
    """A weight from each movie of a history to each other movie; movies without a row have none."""

    rows: Int  # (movies,) row and column of each movie of the catalogue, -1 for none
    items: Int  # (n,) item_index of each row, ascending
    weights: np.ndarray  # (n, n) float32: from the row's movie to the column's

    @classmethod
    def of_ids(cls, ids: Int, weights: np.ndarray, movie_ids: Int) -> ItemSimilarity:
        """A matrix over the movies `ids` (n,) for a catalogue of `movie_ids`, both ascending."""
        items = index_of(ids, movie_ids)
        rows = np.full(len(movie_ids), -1)
        rows[items] = np.arange(len(items))
        # a plain view: NumPy spends microseconds on every look at a memmap
        return cls(rows, items, np.asarray(weights))

    def scores(self, item_index: Int, weights: np.ndarray) -> np.ndarray:
        """What histories of the movies at `item_index` (h,) add up to: (k, n) float32.

        `weights` (k, h): what each movie counts in each of k histories.
        """
        rows = self.rows[item_index]
        known = rows >= 0
        counts = np.ascontiguousarray(weights[:, known], dtype=np.float32)
        found: np.ndarray = counts @ self.weights[rows[known]]
        return found
