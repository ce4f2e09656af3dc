"""The two towers' product of user and movie as a signal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sparrow.signals.signal import Signal
from sparrow.signals.values import NoValues, SignalValues

if TYPE_CHECKING:
    from sparrow.signals.fitted import FittedSignals
    from sparrow.signals.history import History

SIGNALS = (Signal("two_tower", "Product of the two towers' vectors.", head=200),)


def compute(_: FittedSignals, __: History) -> Sequence[SignalValues]:
    """In the order of `SIGNALS`."""
    return [NoValues()]
