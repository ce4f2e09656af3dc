"""Lengths of time in seconds, and the hour and weekday of a timestamp."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY
YEAR = 365.2425 * DAY  # of the Gregorian calendar, on average

Timestamp = TypeVar("Timestamp", int, np.ndarray)


def hour_of(timestamp: Timestamp) -> Timestamp:
    """Hour of the day, UTC, 0 to 23, of seconds since 1970."""
    return timestamp // HOUR % 24


def weekday_of(timestamp: Timestamp) -> Timestamp:
    """Day of the week, UTC, Monday 0 to Sunday 6, of seconds since 1970 (a Thursday)."""
    return (timestamp // DAY + 3) % 7
