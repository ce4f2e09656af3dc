"""How well the ALS factors of a user match each movie."""

from __future__ import annotations

from collections.abc import Sequence

from sparrow.signals.models.fitted_signals import FittedSignals
from sparrow.signals.values.history import History
from sparrow.signals.values.signal import Signal
from sparrow.signals.values.signal_values import NoValues, SignalValues

SIGNALS = (Signal("als", "Product of the ALS factors of all ranks, added up.", head=200),)


def compute(fitted: FittedSignals, history: History) -> Sequence[SignalValues]:
    """In the order of `SIGNALS`."""
    solved = None if fitted.als is None else fitted.als.solve(history)
    return [NoValues() if solved is None else solved]
