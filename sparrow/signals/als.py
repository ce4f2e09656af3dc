"""ALS factors of what was watched, in several ranks, and the user's factors from a history.

Hu, Koren & Volinsky, Collaborative Filtering for Implicit Feedback Datasets (2008). The user's
factors are the exact half-step of the training, (YᵀY + Yᵀ(C - I)Y + λnI)⁻¹ YᵀCp, where n counts
the user's movies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from sparrow.signals.history import History
from sparrow.signals.signal import Signal
from sparrow.signals.values import NoValues, SignalValues, VectorValues
from sparrow.vectors import Vectors

if TYPE_CHECKING:
    from sparrow.signals.fitted import FittedSignals

SIGNALS = (Signal("als", "Product of the ALS factors of all ranks, added up.", head=200),)


@dataclass(frozen=True)
class AlsParams:
    """What training and the user's half-step share."""

    ranks: tuple[int, ...] = (16, 32, 64)  # dimensions of each factorisation
    regularisation: float = 0.12  # times how often a movie or user was seen
    confidence: float = 1.0  # what seeing a movie adds to the weight 1 of not having seen it


@dataclass(frozen=True)
class AlsFactors:
    """The movies' factors of each factorisation, side by side."""

    movies: Vectors  # (movies, sum of ranks)
    params: AlsParams = AlsParams()

    @cached_property
    def gram(self) -> np.ndarray:
        """YᵀY over all movies, (dim, dim) float64."""
        matrix = self.movies.matrix  # movies without factors are zeros
        gram: np.ndarray = (matrix.T @ matrix).astype(np.float64)
        return gram

    def user_vector(self, history: History) -> np.ndarray | None:
        """(dim,) float32; None for a history without a movie that has factors."""
        system = self._system(history)
        if system is None:
            return None
        blocks, right, _, _ = system
        solved = np.empty(len(right), dtype=np.float32)
        for own, left in blocks:
            solved[own] = np.linalg.solve(left, right[own])
        return solved

    def removals(self, history: History, events: int) -> np.ndarray:
        """How much of the user's vector each of the last `events` is: (events, dim).

        The vector without an event, with the regularisation as it is, is less by this: a rank-one
        update of the normal equations (Sherman & Morrison 1950). Zeros for a movie without factors.
        """
        parts = np.zeros((events, self.movies.matrix.shape[1]))
        system = self._system(history)
        if system is None or not events:
            return parts
        blocks, right, factors, weights = system
        known = self.movies.known[history.item_index]
        last = known[-events:]
        y, weight = factors[len(factors) - last.sum() :], weights[len(weights) - last.sum() :]
        extra = self.params.confidence * weight
        for own, left in blocks:
            solved = np.linalg.solve(left, np.column_stack([right[own], y[:, own].T]))
            user, response = solved[:, 0], solved[:, 1:]  # (rank,), (rank, n)
            leverage = np.einsum("nr,rn->n", y[:, own], response)
            step = (weight + extra - extra * (y[:, own] @ user)) / (1.0 - extra * leverage)
            parts[np.ix_(last, np.arange(own.start, own.stop))] = (response * step).T
        return parts

    def _system(
        self, history: History
    ) -> tuple[list[tuple[slice, np.ndarray]], np.ndarray, np.ndarray, np.ndarray] | None:
        """The normal equations: left sides by block, the right side, and the factors and weights
        of the movies that have factors; None if none has.
        """
        known = self.movies.known[history.item_index]
        if not known.any():
            return None
        y = self.movies.matrix[history.item_index[known]].astype(np.float64)
        weights = history.weight[known].astype(np.float64)
        extra = self.params.confidence * weights
        # at least as for one movie: of a hint that hardly counts, nothing singular is solved
        ridge = self.params.regularisation * max(weights.sum(), 1.0)
        blocks, start = [], 0
        for rank in self.params.ranks:
            own = slice(start, start + rank)
            left = self.gram[own, own] + (y[:, own].T * extra) @ y[:, own]
            left[np.diag_indices(rank)] += ridge
            blocks.append((own, left))
            start += rank
        return blocks, y.T @ (weights + extra), y, weights


def compute(fitted: FittedSignals, history: History) -> Sequence[SignalValues]:
    """In the order of `SIGNALS`."""
    vector = None if fitted.als is None else fitted.als.user_vector(history)
    if fitted.als is None or vector is None:
        return [NoValues()]
    return [VectorValues(fitted.als.movies, vector)]
