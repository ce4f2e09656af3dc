"""What makes a row usable: ranges of ids, stars and times, checked for whole blocks at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np

from offline.data.readers.rating_blocks import RatingBlock
from offline.data.tables.quarantine import RejectionReason
from sparrow.arrays import index_of

MAX_ID = 2**31 - 1
_MOST_DIGITS = 30  # Python refuses to read numbers of thousands of digits
_EARLIEST = 631_152_000  # 1990-01-01, before the first recommender on the web
_ORDER = (
    RejectionReason.FIELDS,
    RejectionReason.NUMBER,
    RejectionReason.ID,
    RejectionReason.RATING,
    RejectionReason.TIMESTAMP,
    RejectionReason.ORPHAN,
)


@dataclass(frozen=True)
class RowChecks:
    """The bounds of one import.

    movies: ids that exist, ascending.
    latest: no row may have a later timestamp, in seconds since 1970.
    """

    movies: np.ndarray
    latest: float

    @classmethod
    def at(cls, movies: np.ndarray, now: datetime) -> RowChecks:
        """Bounds for an import at `now`: a day's grace, for clocks differ."""
        return cls(np.sort(movies), (now + timedelta(days=1)).timestamp())

    def known(self, movie_ids: np.ndarray) -> np.ndarray:
        """True where the movie exists."""
        return index_of(movie_ids, self.movies) >= 0

    @cached_property
    def ids(self) -> frozenset[int]:
        """The movies once more, for asking after one at a time."""
        return frozenset(self.movies.tolist())

    def is_plausible_time(self, timestamps: np.ndarray | int) -> np.ndarray | bool:
        """True where a timestamp is neither absurdly old nor in the future."""
        return (timestamps >= _EARLIEST) & (timestamps <= self.latest)

    def violations(self, block: RatingBlock) -> np.ndarray:
        """The first violation of each line as an index into `rejection_reasons()`, -1 if valid."""
        users, movies, stars, times = block.columns.values()
        whole = [column == np.floor(column) for column in (users, movies, times)]
        wrong = [
            block.malformed,
            ~(np.logical_and.reduce(whole) & np.isfinite(stars)),
            ~((users >= 0) & (users <= MAX_ID) & (movies >= 0) & (movies <= MAX_ID)),
            ~((stars >= 0.5) & (stars <= 5) & (stars * 2 == np.floor(stars * 2))),
            ~self.is_plausible_time(times),
            ~self.known(movies),
        ]
        return np.select(wrong, range(len(wrong)), default=-1)


def rejection_reasons() -> tuple[RejectionReason, ...]:
    """What the violations of `RowChecks.violations` mean."""
    return _ORDER


def parse_integer(text: str, most: int = MAX_ID) -> int | None:
    """A field as a whole number from 0 to `most`; None where it is none."""
    text = text.strip()
    if not (text.isascii() and text.isdigit()) or len(text) > _MOST_DIGITS or int(text) > most:
        return None
    return int(text)
