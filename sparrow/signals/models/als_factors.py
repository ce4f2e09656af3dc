"""ALS factors of what was watched, in several ranks, and the user's factors from a history.

Hu, Koren & Volinsky, Collaborative Filtering for Implicit Feedback Datasets (2008). The user's
factors are the exact half-step of the training, (YᵀY + Yᵀ(C - I)Y + λnI)⁻¹ YᵀCp, where n counts
the user's movies.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sparrow.signals.values.history import History
from sparrow.signals.values.signal_values import VectorValues
from sparrow.vectors.item_vectors import ItemVectors


@dataclass(frozen=True)
class AlsParams:
    """What training and the user's half-step share."""

    ranks: tuple[int, ...] = (16, 32, 64)  # dimensions of each factorisation
    regularisation: float = 0.12  # times how often a movie or user was seen
    confidence: float = 1.0  # what seeing a movie adds to the weight 1 of not having seen it


@dataclass(frozen=True)
class AlsFactors:
    """The movies' factors of each factorisation, side by side."""

    movies: ItemVectors  # (movies, sum of ranks)
    params: AlsParams = AlsParams()

    @cached_property
    def gram(self) -> np.ndarray:
        """YᵀY over all movies, (dim, dim) float64."""
        matrix = self.movies.matrix  # movies without factors are zeros
        gram: np.ndarray = (matrix.T @ matrix).astype(np.float64)
        return gram

    def solve(self, history: History) -> AlsValues | None:
        """The user's factors; None for a history without a movie that has factors."""
        known = self.movies.known[history.item_index]
        if not known.any():
            return None
        y = self.movies.matrix[history.item_index[known]].astype(np.float64)
        weights = history.weight[known].astype(np.float64)
        extra = self.params.confidence * weights
        # at least as for one movie: of a hint that hardly counts, nothing singular is solved
        ridge = self.params.regularisation * max(weights.sum(), 1.0)
        right = y.T @ (weights + extra)
        user, systems, start = np.empty(len(right), dtype=np.float32), [], 0
        for rank in self.params.ranks:
            own = slice(start, start + rank)
            left = self.gram[own, own] + (y[:, own].T * extra) @ y[:, own]
            left[np.diag_indices(rank)] += ridge
            user[own] = np.linalg.solve(left, right[own])
            systems.append((own, left))
            start += rank
        return AlsValues(
            self.movies,
            user,
            systems=systems,
            known=known,
            y=y,
            weights=weights,
            confidence=self.params.confidence,
        )


@dataclass(frozen=True)
class AlsValues(VectorValues):
    """Products with the user's factors, and the equations that these solve."""

    systems: list[tuple[slice, np.ndarray]] = field(kw_only=True, repr=False)
    """Left side of each factorisation's normal equations."""

    known: np.ndarray = field(kw_only=True, repr=False)  # (events,) which movies have factors
    y: np.ndarray = field(kw_only=True, repr=False)  # (known, dim) these factors
    weights: np.ndarray = field(kw_only=True, repr=False)  # (known,)
    confidence: float = field(kw_only=True)

    def removals(self, events: int) -> np.ndarray:
        """How much of the user's vector each of the last `events` is: (events, dim) float32.

        The vector without an event, with the regularisation as it is, is less by this: a rank-one
        update of the normal equations (Sherman & Morrison 1950). Zeros for a movie without factors.
        """
        parts = np.zeros((events, len(self.user)), dtype=np.float32)
        last = self.known[len(self.known) - events :]
        count = np.count_nonzero(last)
        if not count:
            return parts
        y, weight = self.y[-count:], self.weights[-count:]
        extra = self.confidence * weight
        for own, left in self.systems:
            response = np.linalg.solve(left, y[:, own].T)  # (rank, n)
            leverage = np.einsum("nr,rn->n", y[:, own], response)
            step = weight + extra - extra * (y[:, own] @ self.user[own])
            parts[last, own] = (response * (step / (1.0 - extra * leverage))).T
        return parts
