"""Rows that cannot be used: kept in a file with their reason, counted, never silently dropped."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TextIO

HEADER = ("table", "file", "line", "reason", "raw")
SAMPLES = 5


class RejectionReason(StrEnum):
    """Why a row was not taken."""

    FIELDS = "wrong number of fields"
    NUMBER = "unparsable number"
    ID = "id out of range"
    RATING = "rating not 0.5 to 5 in halves"
    TIMESTAMP = "timestamp before 1990 or in the future"
    ORPHAN = "movie does not exist"
    DUPLICATE_RATING = "rated again later"
    DUPLICATE_MOVIE = "movie id taken"
    DUPLICATE_USER = "user id taken"
    DUPLICATE_LINK = "movie linked already"
    EMPTY_TITLE = "no title"
    EMPTY_TAG = "no tag"


@dataclass(frozen=True)
class RejectedRow:
    """One row that was not taken: from which table and file, at which line, why, and its text."""

    table: str
    file: str
    line: int
    reason: RejectionReason
    raw: str


@dataclass
class QuarantineWriter:
    """Writes bad rows to `quarantine.csv` as they come; keeps counts and the first few a reason."""

    stream: TextIO
    counts: Counter[RejectionReason] = field(default_factory=Counter)
    samples: dict[RejectionReason, list[RejectedRow]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def __post_init__(self) -> None:
        self._writer = csv.writer(self.stream, lineterminator="\n")
        self._writer.writerow(HEADER)

    @property
    def total(self) -> int:
        """Bad rows so far."""
        return self.counts.total()

    def add(self, row: RejectedRow) -> None:
        """Keep one bad row."""
        self._writer.writerow((row.table, row.file, row.line, row.reason.value, row.raw))
        self.counts[row.reason] += 1
        if len(self.samples[row.reason]) < SAMPLES:
            self.samples[row.reason].append(row)

    def first(self) -> list[RejectedRow]:
        """A few examples, of every reason."""
        return [row for rows in self.samples.values() for row in rows]


@contextmanager
def open_quarantine(folder: Path) -> Iterator[QuarantineWriter]:
    """A quarantine that writes into `folder`."""
    with (folder / "quarantine.csv").open("w", encoding="utf-8", newline="") as stream:
        yield QuarantineWriter(stream)
