"""Visits: a user's activity without a pause of half an hour."""

from __future__ import annotations

import numpy as np

from sparrow.arrays import Int

VISIT_SECONDS = 1800
"""Seconds without a request after which a visit ends."""

TOUCH_INTERVAL_SECONDS = 60
"""Least seconds between two renewals of a visit's expiry in Redis by a process."""

VISIT_TTL_SECONDS = VISIT_SECONDS + TOUCH_INTERVAL_SECONDS
"""Expiry of a visit in Redis."""


def visit_numbers(timestamps: Int) -> Int:
    """The visit number of each of these moments, from 0 for the earliest: `(n,)`.

    A visit ends where more than `VISIT_SECONDS` pass until the next moment. `timestamps` are
    seconds since 1970, in any order.
    """
    order = np.argsort(timestamps, kind="stable")
    to_numpy = np.zeros(len(timestamps), dtype=np.int64)
    to_numpy[order[1:]] = np.cumsum(np.diff(timestamps[order]) > VISIT_SECONDS)
    return to_numpy


def in_current_visit(timestamps: Int, now: int) -> np.ndarray:
    """Which of these moments belong to the visit at `now`: `(n,)` bool."""
    to_numpy = visit_numbers(np.append(timestamps, now))
    current: np.ndarray = to_numpy[:-1] >= to_numpy[-1]
    return current


def half_hour_start(now: float) -> int:
    """The start of the current half hour, in seconds since 1970.

    The moment of lists without a slate: every process takes the same one, so that a repeated
    request gets the same list.
    """
    return int(now) // VISIT_SECONDS * VISIT_SECONDS
