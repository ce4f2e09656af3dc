"""SignalSource: the best movies by one of the ranker's signals."""

from __future__ import annotations

from dataclasses import dataclass

from online.flow.stages import Request, SourceResult
from online.reason import Reason
from sparrow.signals.registry import SIGNALS
from sparrow.signals.values.signal import Signal


@dataclass(frozen=True)
class SignalSource:
    """Recalls the head of a signal, as in the ranker's training lists."""

    signal: Signal

    @property
    def name(self) -> str:
        """The signal's name."""
        return self.signal.name

    def __call__(self, request: Request) -> SourceResult:
        """The eligible movies with the largest values; none if the signal has no value for the
        user.
        """
        head = request.signals.head(self.signal.name, self.signal.head, request.eligible)
        return SourceResult(head)

    def reason(self, request: Request, cause: int) -> Reason | None:
        """None: the reason follows from the ranker's components."""
        return None


def signal_sources() -> tuple[SignalSource, ...]:
    """One for each signal with a head, in the order of the signals."""
    return tuple(SignalSource(signal) for signal in SIGNALS if signal.head)
