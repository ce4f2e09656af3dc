"""The two towers' logit of each movie."""

from __future__ import annotations

from collections.abc import Sequence

from sparrow.signals.models.fitted_signals import FittedSignals
from sparrow.signals.values.history import History
from sparrow.signals.values.signal import Signal
from sparrow.signals.values.signal_values import NoValues, SignalValues, VectorValues

SIGNALS = (Signal("two_tower", "Logit that the user watches the movie next.", head=200),)


def compute(fitted: FittedSignals, history: History) -> Sequence[SignalValues]:
    """In the order of `SIGNALS`."""
    if fitted.two_tower is None:
        return [NoValues()]
    return [VectorValues(fitted.two_tower.items, fitted.two_tower.vector(history))]
