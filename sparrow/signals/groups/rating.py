"""The rating that the user would give, by biased matrix factorisation, as a signal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sparrow.signals.models.rating_predictor import RatingFactors
from sparrow.signals.values.signal import Signal
from sparrow.signals.values.signal_values import NoValues, SignalValues

if TYPE_CHECKING:
    from sparrow.arrays import Int
    from sparrow.signals.models.fitted_signals import FittedSignals
    from sparrow.signals.values.history import History

SIGNALS = (Signal("rating", "Predicted rating above the user's own mean."),)


_MAX_RATINGS = 100  # ratings of a long history that count


@dataclass(frozen=True)
class RatingValues:
    """Biases plus products, for the movies that are asked."""

    factors: RatingFactors
    user: np.ndarray  # (dim,)

    def at(self, item_index: Int) -> np.ndarray:
        """Stars above the user's mean."""
        found: np.ndarray = self.factors.biases[item_index] + (
            self.factors.vectors[item_index] @ self.user
        )
        return found

    def head(self, count: int, eligible: np.ndarray) -> Int:
        """None: what would be rated best is not what is watched next."""
        return np.empty(0, dtype=np.int64)


def compute(fitted: FittedSignals, history: History) -> Sequence[SignalValues]:
    """In the order of `SIGNALS`; a user without ratings gets the movies' biases."""
    factors = fitted.rating
    if factors is None:
        return [NoValues()]
    rated = np.flatnonzero(~np.isnan(history.rating))[-_MAX_RATINGS:]
    items, rating = history.item_index[rated], history.rating[rated].astype(np.float64)
    dim = factors.vectors.shape[1]
    if not len(items):
        return [RatingValues(factors, np.zeros(dim))]
    seen = np.empty((len(items), dim + 1))
    seen[:, 0], seen[:, 1:] = 1.0, factors.vectors[items]
    left = seen.T @ seen
    left[np.diag_indices(dim + 1)] += np.array([factors.shrinkage, *[factors.ridge] * dim])
    user = np.linalg.solve(left, seen.T @ (rating - factors.mean - factors.biases[items]))
    return [RatingValues(factors, user[1:].astype(np.float32))]
