"""What one user did since an experiment was first shown to them: 33 bytes in Redis."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

USER_OUTCOME = np.dtype(
    [
        ("variant", "u1"),  # place among the experiment's variants
        ("first", "<i8"),  # milliseconds since 1970: the first list that was exposed
        ("lists", "<u4"),  # exposed lists
        ("movies", "<u4"),  # in these lists
        ("clicks", "<u4"),
        ("ratings", "<u4"),
        ("stars", "<f4"),  # sum of the ratings
        ("watchlist", "<u4"),  # movies put on it
    ]
)


def decode_outcomes(values: Iterable[bytes | None]) -> np.ndarray:
    """Records of users in the order given, for one who has none yet it has no lists."""
    empty = bytes(USER_OUTCOME.itemsize)
    return np.frombuffer(b"".join(value or empty for value in values), USER_OUTCOME).copy()
