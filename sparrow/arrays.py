"""Array types, and look-ups that everything uses: rows by id, the largest scores."""

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
