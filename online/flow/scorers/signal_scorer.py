"""SignalScorer: ranks by one signal, in microseconds, without TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.stages import Request, Scores
from sparrow.arrays import Int

PREFIX = "signal:"
POPULARITY = "popularity"


@dataclass(frozen=True)
class SignalScorer:
    """The fallback of every flow, and the model `signal:<name>`."""

    signal: str = "als"

    @property
    def name(self) -> str:
        """The signal's name with a prefix."""
        return f"{PREFIX}{self.signal}"

    def __call__(self, request: Request, item_index: Int) -> Scores:
        """The signal's values, NaN where unknown; popularity if it has none for the user."""
        signal, values = self.signal, request.signals.at(self.signal, item_index)
        if np.isnan(values).all():
            signal, values = POPULARITY, request.signals.at(POPULARITY, item_index)
        return Scores(values, {signal: values})
