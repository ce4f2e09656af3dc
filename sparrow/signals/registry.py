"""All signals, in the order of their columns."""

from __future__ import annotations

import numpy as np

from sparrow.arrays import Int
from sparrow.signals.groups import (
    als,
    co_rating,
    popularity,
    preference,
    rating,
    sequence,
    two_tower,
)
from sparrow.signals.models.fitted_signals import FittedSignals
from sparrow.signals.values.history import History
from sparrow.signals.values.signal import Signal
from sparrow.signals.values.signal_values import SignalValues, VectorValues

GROUPS = (co_rating, als, two_tower, sequence, popularity, preference, rating)
SIGNALS: tuple[Signal, ...] = tuple(signal for group in GROUPS for signal in group.SIGNALS)
NAMES = tuple(signal.name for signal in SIGNALS)
_ROWS = {name: row for row, name in enumerate(NAMES)}


class UserSignals:
    """Every signal of one user, computed once for a request or a training list."""

    def __init__(self, fitted: FittedSignals, history: History) -> None:
        self.fitted, self.history = fitted, history
        self.values: list[SignalValues] = []
        for group in GROUPS:
            self.values += group.compute(fitted, history)

    def raw(self, item_index: Int) -> np.ndarray:
        """(signals, n) float32 of the movies at `item_index` (n,), NaN where unknown."""
        found = np.empty((len(SIGNALS), len(item_index)), dtype=np.float32)
        for row, values in enumerate(self.values):
            found[row] = values.at(item_index)
        return found

    def of(self, name: str) -> SignalValues:
        """The values of one signal."""
        return self.values[_ROWS[name]]

    def at(self, name: str, item_index: Int) -> np.ndarray:
        """(n,) values of one signal, NaN where unknown."""
        return self.of(name).at(item_index)

    def head(self, name: str, count: int, eligible: np.ndarray) -> Int:
        """item_index of the best movies by one signal among `eligible` (movies,) bool."""
        return self.of(name).head(count, eligible)

    def vector(self, name: str) -> np.ndarray | None:
        """The user's vector (dim,) by a signal that compares vectors; None for a user without."""
        values = self.of(name)
        return values.user if isinstance(values, VectorValues) else None
