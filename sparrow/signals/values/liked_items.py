"""What the user liked, and nearness to it in a space of movies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sparrow.signals.values.signal_values import NoValues, SignalValues, VectorValues
from sparrow.vectors.item_vectors import ItemVectors

if TYPE_CHECKING:
    from sparrow.arrays import Int
    from sparrow.signals.values.history import History


def liked_items(history: History, like_threshold: float) -> Int:
    """item_index of what was liked or chosen, oldest first."""
    liked: Int = history.item_index[is_liked(history, like_threshold)]
    return liked


def is_liked(history: History, like_threshold: float) -> np.ndarray:
    """Which events are likes, or choices without a rating: (events,) bool."""
    return np.asarray(np.isnan(history.rating) | (history.rating >= like_threshold))


def mean_pooled(vectors: ItemVectors | None, items: Int) -> SignalValues:
    """Cosine with the mean vector of these movies."""
    if vectors is None:
        return NoValues()
    items = items[vectors.known[items]]
    if not len(items):
        return NoValues()
    return VectorValues(vectors, vectors.matrix[items].mean(axis=0), cosine=True)
