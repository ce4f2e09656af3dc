"""What other users rated next, or at once, after the last movies of this history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sparrow.arrays import recency_decay
from sparrow.signals.values.signal import Signal
from sparrow.signals.values.signal_values import NoValues, SignalValues, SimilarityValues

if TYPE_CHECKING:
    from sparrow.signals.models.fitted_signals import FittedSignals
    from sparrow.signals.values.history import History
    from sparrow.signals.values.item_similarity import ItemSimilarity

SIGNALS = (
    Signal("after_last", "Share of the last movie's successors.", head=75),
    Signal("after_last_five", "Shares of the last five movies' successors, added up.", head=100),
    Signal("same_session", "Likeness by sessions to the last five movies.", head=100),
)
RECENT_EVENTS = 5


def compute(fitted: FittedSignals, history: History) -> Sequence[SignalValues]:
    """In the order of `SIGNALS`."""
    if not len(history):
        return [NoValues()] * len(SIGNALS)
    last = history.item_index[-RECENT_EVENTS:]
    counts = event_weights(len(last))
    return [
        *_values(fitted.successors, last, counts[:2]),
        *_values(fitted.same_session, last, counts[2:]),
    ]


def event_weights(events: int) -> np.ndarray:
    """(3, events) float32: what each of the last events counts for each signal, oldest first."""
    alone = np.zeros(events, dtype=np.float32)
    alone[-1:] = 1.0
    return np.stack([alone, recency_decay(events, 2.0), np.ones(events, dtype=np.float32)])


def scaled(shares: np.ndarray) -> np.ndarray:
    """Shares are skewed: one frequent successor should not drown all others."""
    return np.asarray(np.log1p(shares * 100))


def _values(
    similarity: ItemSimilarity | None, items: np.ndarray, weights: np.ndarray
) -> list[SignalValues]:
    if similarity is None:
        return [NoValues()] * len(weights)
    scores = similarity.scores(items, weights)
    return [SimilarityValues(similarity, scaled(row)) for row in scores]
