"""SignalSource: the best movies by one of the signals that the ranker reads."""

from __future__ import annotations

from dataclasses import dataclass

from online.flow.stages import Request, SourceResult
from online.reason import Reason
from sparrow.signals.registry import SIGNALS
from sparrow.signals.values.signal import Signal


@dataclass(frozen=True)
class SignalSource:
    """Recalls the head of a signal, as the ranker's training lists have it."""

    signal: Signal

    @property
    def name(self) -> str:
        """The signal's."""
        return self.signal.name

    def __call__(self, request: Request) -> SourceResult:
        """The eligible movies with the largest values; none where the signal is unknown."""
        head = request.signals.head(self.signal.name, self.signal.head, request.eligible)
        return SourceResult(head)

    def reason(self, request: Request, cause: int) -> Reason | None:
        """None: what a signal contributes is told by the ranker's components."""
        return None


def signal_sources() -> tuple[SignalSource, ...]:
    """One for each signal that has a head, in the order of the signals."""
    return tuple(SignalSource(signal) for signal in SIGNALS if signal.head)
