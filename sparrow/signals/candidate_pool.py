"""The candidates of a personal list: the merged heads of the signals.

Sources of the serving flows and the training lists of the ranker both take them from here, so that
a ranker meets in use what it was trained on.
"""

from __future__ import annotations

import numpy as np

from sparrow.arrays import Int
from sparrow.signals.registry import SIGNALS, UserSignals


def signal_heads(signals: UserSignals, eligible: np.ndarray) -> dict[str, Int]:
    """item_index of the best movies by each signal that has a head, best first.

    `eligible` (movies,) bool: in the query's scope and not yet rated, watched or hidden.
    """
    return {
        signal.name: values.head(signal.head, eligible)
        for signal, values in zip(SIGNALS, signals.values, strict=True)
        if signal.head
    }


def candidate_pool(signals: UserSignals, eligible: np.ndarray) -> Int:
    """item_index of all heads together, ascending."""
    return np.unique(np.concatenate(list(signal_heads(signals, eligible).values())))
