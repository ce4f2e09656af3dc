"""SignalScorer: one signal orders the list; no TensorFlow, microseconds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.stages import Request, Scores
from sparrow.arrays import Int

PREFIX = "signal:"
POPULARITY = "popularity"


@dataclass(frozen=True)
class SignalScorer:
    """The fallback of every flow, and what `model=signal:<name>` asks for."""

    signal: str = "als"

    @property
    def name(self) -> str:
        """The signal's name, marked as such."""
        return f"{PREFIX}{self.signal}"

    def __call__(self, request: Request, item_index: Int) -> Scores:
        """The signal's values, NaN where unknown.

        For a user of whom the signal knows nothing, the popularity of the movies instead.
        """
        signal, values = self.signal, request.signals.at(self.signal, item_index)
        if np.isnan(values).all():
            signal, values = POPULARITY, request.signals.at(POPULARITY, item_index)
        return Scores(values, {signal: values})
