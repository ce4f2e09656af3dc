"""Array types and the numeric helpers that all packages share."""

from __future__ import annotations

import numpy as np

Int = np.ndarray[tuple[int], np.dtype[np.int64]]
Float = np.ndarray[tuple[int], np.dtype[np.float32]]


def index_of(ids: np.ndarray, known: Int) -> np.ndarray:
    """Row of each id, of any shape, in the ascending `known`; -1 for one that is not there."""
    if len(known) == 0:
        return np.full(ids.shape, -1)
    row = np.minimum(np.searchsorted(known, ids), len(known) - 1)
    return np.where(known[row] == ids, row, -1)


def shrunk_mean(group: np.ndarray, values: np.ndarray, groups: int, shrinkage: float) -> np.ndarray:
    """Mean of the values (n,) of each group, shrunk to 0 by `shrinkage` zeros more: (groups,)."""
    count = np.bincount(group, minlength=groups)
    mean: np.ndarray = np.bincount(group, weights=values, minlength=groups) / (count + shrinkage)
    return mean


def half_life_decay(age: np.ndarray | float, half_life: float) -> np.ndarray:
    """Exponential decay: 1 at age 0, 0.5 at age `half_life`; same shape as `age`."""
    return np.asarray(np.exp2(-age / half_life))


def recency_decay(events: int, half_life: float) -> np.ndarray:
    """(events,) float32, oldest first: 1 for the newest, 0.5 for the one `half_life` before it."""
    return half_life_decay(np.arange(events - 1, -1, -1, dtype=np.float32), half_life)


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """Rows of (n, dim) divided by their L2 norm; zeros stay zeros."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9))


def top_k(scores: np.ndarray, count: int) -> Int:
    """Positions of the `count` largest scores, largest first, ties by position; -inf is left out.

    NaN counts as -inf.
    """
    scores = np.where(np.isnan(scores), -np.inf, scores)
    count = min(count, len(scores))
    if count == 0:
        return np.empty(0, dtype=np.int64)
    bar = np.partition(scores, len(scores) - count)[len(scores) - count]
    reaching = np.flatnonzero((scores >= bar) & (scores > -np.inf))
    order = np.argsort(-scores[reaching], kind="stable")[:count]
    found: Int = reaching[order]
    return found
