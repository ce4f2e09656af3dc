"""Item-item weights as one matrix in the catalogue's order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sparrow.events import Int
from sparrow.similarity import Similarity

ABSENT = -1


@dataclass(frozen=True)
class Relations:
    """How much each movie of a history speaks for each movie of the catalogue."""

    row: Int  # (movies,) row and column of `weights`, ABSENT for a movie that too few rated
    known: np.ndarray  # (movies,) bool
    weights: np.ndarray  # (n, n) float32, mapped
    movies: Int  # (n,) positions in the catalogue

    @classmethod
    def aligned(cls, similarity: Similarity, movie_ids: Int) -> Relations:
        """The similarity over a catalogue with these ids, ascending; it holds all of its movies."""
        movies = np.searchsorted(movie_ids, similarity.ids)
        row = np.full(len(movie_ids), ABSENT)
        row[movies] = np.arange(len(movies))
        # a plain view: NumPy spends microseconds on every look at a memmap
        return cls(row, row != ABSENT, np.asarray(similarity.weights), movies)

    def speak(self, history: Int, weights: np.ndarray) -> np.ndarray:
        """What a history of movies with these weights says of each of `movies`: (n,)."""
        rows = self.row[history]
        known = rows != ABSENT
        return np.asarray(weights[known].astype(np.float32) @ self.weights[rows[known]])

    def at(self, said: np.ndarray, positions: Int) -> np.ndarray:
        """What `speak` gave, of the movies at `positions`; NaN where too few rated one."""
        rows = self.row[positions]
        return np.where(rows != ABSENT, said[rows], np.nan)

    def support(self, history: Int, weights: np.ndarray) -> np.ndarray:
        """`speak` for each movie of the catalogue: (movies,), else NaN."""
        total = np.full(len(self.row), np.nan)
        total[self.movies] = self.speak(history, weights)
        return total

    def strongest(self, history: Int, found: Int) -> Int:
        """For each found movie the one of the history that speaks most for it, or ABSENT."""
        known = history[self.row[history] != ABSENT]
        if len(known) == 0:
            return np.full(len(found), ABSENT)
        rows, columns = self.row[known] * len(self.movies), self.row[found, np.newaxis]
        weights = self.weights.take(rows + columns)  # (found, known)
        best = np.argmax(weights, axis=1)
        speaks = weights[np.arange(len(found)), best] > 0
        strongest: Int = np.where(speaks, known[best], ABSENT)
        return strongest
