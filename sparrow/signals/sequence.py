"""What other users rated next, or at once, after the last movies of this history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sparrow.signals.signal import Signal
from sparrow.signals.values import NoValues, SignalValues, SimilarityValues

if TYPE_CHECKING:
    from sparrow.signals.fitted import FittedSignals
    from sparrow.signals.history import History
    from sparrow.signals.item_similarity import ItemSimilarity

SIGNALS = (
    Signal("after_last", "Share of the last movie's successors.", head=75),
    Signal("after_last_five", "Shares of the last five movies' successors, added up.", head=100),
    Signal("same_session", "Likeness by sessions to the last five movies.", head=100),
)
_FEW = 5


def compute(fitted: FittedSignals, history: History) -> Sequence[SignalValues]:
    """In the order of `SIGNALS`."""
    if not len(history):
        return [NoValues()] * len(SIGNALS)
    last = history.item_index[-_FEW:]
    alone = np.zeros(len(last), dtype=np.float32)
    alone[-1] = 1.0
    decay = np.exp2(-np.arange(len(last) - 1, -1, -1, dtype=np.float32) / 2)
    return [
        *_values(fitted.successors, last, np.stack([alone, decay])),
        *_values(fitted.same_session, last, np.ones((1, len(last)), dtype=np.float32)),
    ]


def _values(
    similarity: ItemSimilarity | None, items: np.ndarray, weights: np.ndarray
) -> list[SignalValues]:
    if similarity is None:
        return [NoValues()] * len(weights)
    scores = similarity.scores(items, weights)
    # counts are skewed: one frequent successor should not drown all others
    return [SimilarityValues(similarity, np.log1p(row * 100)) for row in scores]
