"""Which of many movies are among a few: asked a dozen times a request."""

from __future__ import annotations

import numpy as np

from sparrow.arrays import Int


def isin_sorted(item_index: Int, few: Int) -> np.ndarray:
    """`np.isin` for some hundred `item_index` (n,) and fewer others, in a fraction of its time.

    (n,) bool. Only `few`, which may be in any order, are sorted.
    """
    if not len(few):
        return np.zeros(len(item_index), dtype=bool)
    ordered = np.sort(few)
    place = np.searchsorted(ordered, item_index)
    # behind the last there is nothing, and "mode=clip" names the last, which is another movie
    return np.asarray(ordered.take(place, mode="clip") == item_index)
