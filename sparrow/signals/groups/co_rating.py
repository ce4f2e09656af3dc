"""EASE and item-kNN: movies that are rated by the same users as those of the history.

EASE: Steck, Embarrassingly Shallow Autoencoders for Sparse Data (2019), arXiv:1905.03375. Item-kNN:
Sarwar et al., Item-Based Collaborative Filtering Recommendation Algorithms (2001).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sparrow.arrays import recency_decay
from sparrow.signals.models.fitted_signals import FittedSignals
from sparrow.signals.values.history import History
from sparrow.signals.values.item_similarity import ItemSimilarity
from sparrow.signals.values.signal import Signal
from sparrow.signals.values.signal_values import NoValues, SignalValues, SimilarityValues

HALF_LIFE = 5.0
"""Events after which an event of the history counts half as much for the recency-weighted forms."""

SIGNALS = (
    Signal("ease", "EASE over the whole history.", head=200),
    Signal("ease_recent", "EASE, newer events counting more.", head=200),
    Signal("ease_rated", "EASE, each event counting by its stars above neutral.", head=100),
    Signal("item_knn", "Cosine item-kNN over the whole history."),
    Signal("item_knn_recent", "Item-kNN, newer events counting more.", head=150),
    Signal("item_knn_rated", "Item-kNN, each event by its stars above neutral.", head=100),
)


def compute(fitted: FittedSignals, history: History) -> Sequence[SignalValues]:
    """In the order of `SIGNALS`; each matrix is read once for its three weightings."""
    if not len(history):
        return [NoValues()] * len(SIGNALS)
    weights = history_weights(history, fitted.neutral_rating)
    return [*_values(fitted.ease, history, weights), *_values(fitted.item_knn, history, weights)]


def history_weights(history: History, neutral_rating: float) -> np.ndarray:
    """(3, events): as they are, by recency, by rating; a choice without a rating counts as one."""
    centred = np.nan_to_num(history.rating - neutral_rating, nan=1.0)
    decay = recency_decay(len(history), HALF_LIFE)
    return np.stack([history.weight, history.weight * decay, history.weight * centred])


def _values(
    similarity: ItemSimilarity | None, history: History, weights: np.ndarray
) -> list[SignalValues]:
    if similarity is None:
        return [NoValues()] * len(weights)
    scores = similarity.scores(history.item_index, weights)
    return [SimilarityValues(similarity, row) for row in scores]
