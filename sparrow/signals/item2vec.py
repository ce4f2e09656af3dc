"""Nearness in item2vec space to what the user liked last.

Barkan & Koenigstein, Item2Vec: Neural Item Embedding for Collaborative Filtering (2016),
arXiv:1603.04259.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sparrow.features import HISTORY_LENGTH
from sparrow.signals.signal import Signal
from sparrow.signals.values import NoValues, SignalValues, VectorValues
from sparrow.vectors import Vectors

if TYPE_CHECKING:
    from sparrow.events import Int
    from sparrow.signals.fitted import FittedSignals
    from sparrow.signals.history import History

SIGNALS = (
    Signal("item2vec", "Cosine of the movie with the mean of the last likes.", head=100),
    Signal("item2vec_last", "Cosine of the movie with the mean of the last three likes.", head=50),
)
LAST = 3


def compute(fitted: FittedSignals, history: History) -> Sequence[SignalValues]:
    """In the order of `SIGNALS`."""
    liked = liked_items(history, fitted.like_threshold)
    return [mean_pooled(fitted.item2vec, liked[-n:]) for n in (HISTORY_LENGTH, LAST)]


def liked_items(history: History, like_threshold: float) -> Int:
    """item_index of what was liked or chosen, oldest first."""
    liked: Int = history.item_index[is_liked(history, like_threshold)]
    return liked


def is_liked(history: History, like_threshold: float) -> np.ndarray:
    """Which events are likes, or choices without a rating: (events,) bool."""
    return np.asarray(np.isnan(history.rating) | (history.rating >= like_threshold))


def mean_pooled(vectors: Vectors | None, items: Int) -> SignalValues:
    """Cosine with the mean vector of these movies."""
    if vectors is None:
        return NoValues()
    items = items[vectors.known[items]]
    if not len(items):
        return NoValues()
    return VectorValues(vectors, vectors.matrix[items].mean(axis=0), cosine=True)
