"""What a ranker sees of the signals: values relative to the list's own candidates."""

from __future__ import annotations

import numpy as np

LIMIT = 6.0
"""Standard deviations beyond which a value is taken for this far out."""


def list_features(raw: np.ndarray) -> np.ndarray:
    """(2 signals, n) float32: each signal standardised over the candidates, then its rank.

    `raw` (signals, n), NaN where unknown. A rank is 0 in the middle of the list and 1 at its head,
    and falls with the logarithm of the place. Unknown values, and signals that are the same for all
    candidates, are 0 in both.
    """
    known = ~np.isnan(raw)
    count = np.maximum(known.sum(axis=1, keepdims=True), 1)
    mean = np.where(known, raw, 0.0).sum(axis=1, keepdims=True) / count
    centred = np.where(known, raw - mean, 0.0)
    square = np.square(centred).sum(axis=1, keepdims=True) / count
    deviation = np.sqrt(square)
    flat = deviation <= 1e-6 * np.maximum(np.abs(mean), 1.0)
    standard = np.clip(centred / np.where(flat, np.inf, deviation), -LIMIT, LIMIT)
    ranks = np.where(flat | ~known, 0.0, _log_ranks(raw))
    return np.concatenate([standard, ranks]).astype(np.float32)


def _log_ranks(raw: np.ndarray) -> np.ndarray:
    """(signals, n): 1 - log2(place) / log2(middle) of each value; ties share their mean place."""
    signals, size = raw.shape
    order = np.argsort(-raw, axis=1, kind="stable")  # best first, NaN last
    ordered = np.take_along_axis(raw, order, axis=1)
    begins = np.ones((signals, size + 1), dtype=bool)  # of a run of equal values, or of the end
    np.not_equal(ordered[:, 1:], ordered[:, :-1], out=begins[:, 1:-1])
    edges = np.flatnonzero(begins[:, :-1].ravel())
    ends = np.append(edges[1:], signals * size)
    row = edges // size
    place = (edges - row * size + 1 + np.minimum(ends - row * size, size)) / 2
    log_rank = 1.0 - np.log2(place) / np.log2(1 + size / 2)
    found = np.empty(raw.shape)
    runs = np.repeat(log_rank, ends - edges).reshape(raw.shape)
    np.put_along_axis(found, order, runs, axis=1)
    return found
