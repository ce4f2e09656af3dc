"""Popularity by window, age in the catalogue, mean and year: the same for every user."""

from __future__ import annotations

from collections.abc import Sequence

from sparrow.signals.models.fitted_signals import FittedSignals
from sparrow.signals.values.history import History
from sparrow.signals.values.signal import Signal
from sparrow.signals.values.signal_values import SignalValues

SIGNALS = (
    Signal("popularity", "log(1 + ratings).", head=150),
    Signal("popularity_30d", "log(1 + ratings of the last 30 days).", head=150),
    Signal("popularity_7d", "log(1 + ratings of the last 7 days).", head=100),
    Signal("item_recency", "-log(1 + days since the movie's first rating).", head=30),
    Signal("bayesian_average", "Mean rating, shrunk to that of all.", head=50),
    Signal("year", "Release year.", head=30),
)


def compute(fitted: FittedSignals, _: History) -> Sequence[SignalValues]:
    """As `ItemStats.values` has them, in the order of `SIGNALS`."""
    return fitted.stats.values
