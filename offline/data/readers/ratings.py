"""Ratings: checked block by block, then sorted by user and time outside memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from offline.data.readers.layouts import FileFormat
from offline.data.readers.rating_blocks import RatingBlock, read_blocks
from offline.data.readers.raw_files import RawSource
from offline.data.readers.row_checks import RowChecks, rejection_reasons
from offline.data.tables.quarantine import QuarantineWriter, RejectedRow, RejectionReason
from offline.data.tables.table_parts import PartWriter
from sparrow.dataset.tables import RATINGS

_BUCKET_ROWS = 1_000_000
_SAMPLE_EVERY = 97  # every how manieth row helps to find users that split the rows evenly
_STAGED = RATINGS.append(pa.field("line", pa.int64()))


@dataclass(frozen=True)
class RatingsImport:
    """One ratings file on its way into a table.

    source, file, form: where the rows are and how they are written.
    checks, quarantine: what a good row is, and where the others go.
    scratch: an empty folder for spilled rows, 36 bytes each.
    progress: called with the number of rows read so far.
    """

    source: RawSource
    file: str
    form: FileFormat
    checks: RowChecks
    quarantine: QuarantineWriter
    scratch: Path
    progress: Callable[[int], None]

    def write(self, writer: PartWriter) -> np.ndarray:
        """Write all good rows sorted by (user, time, movie); returns the users, ascending.

        Memory holds a bucket of about a million rows at a time, whatever the size of the file.
        """
        staged = self.scratch / "staged.arrow"
        bounds = self._stage(staged)
        users, superseded = [], []
        for bucket in _buckets(staged, bounds, self.scratch):
            kept, lost = _latest(bucket)
            writer.write(kept)
            users.append(np.unique(kept["user_id"].to_numpy()))
            superseded.append(lost)
        self._quarantine_lines(np.sort(np.concatenate(superseded or [np.empty(0, np.int64)])))
        return np.concatenate(users or [np.empty(0, np.int64)])

    def _blocks(self) -> Iterator[RatingBlock]:
        with self.source.open(self.file) as stream:
            yield from read_blocks(stream, self.form, self.file)

    def _stage(self, path: Path) -> np.ndarray:
        """Spill good rows as they come; returns the user ids at which buckets begin."""
        rows, sampled = 0, [np.empty(0, np.int64)]
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, _STAGED) as spill:
            for block in self._blocks():
                good = self._good_rows(block)
                spill.write_batch(good)
                sampled.append(good["user_id"].to_numpy()[::_SAMPLE_EVERY])
                rows += len(good)
                self.progress(rows)
        buckets = -(-rows // _BUCKET_ROWS)
        sample = np.sort(np.concatenate(sampled))
        return np.unique(sample[[len(sample) * n // buckets for n in range(1, buckets)]])

    def _good_rows(self, block: RatingBlock) -> pa.RecordBatch:
        violations = self.checks.violations(block)
        bad = np.flatnonzero(violations >= 0)
        lines = block.lines() if len(bad) else []
        for at in bad:
            if lines[at].strip():  # a blank line is no row
                self._reject(block.first + int(at), rejection_reasons()[violations[at]], lines[at])
        good = np.flatnonzero(violations < 0)
        users, movies, stars, times = (column[good] for column in block.columns.values())
        columns = (
            users.astype(np.int64),
            movies.astype(np.int64),
            stars.astype(np.float32),
            times.astype(np.int64),
            good + block.first,
        )
        return pa.record_batch([pa.array(column) for column in columns], schema=_STAGED)

    def _quarantine_lines(self, numbers: np.ndarray) -> None:
        """Quarantine good rows that the same user made void by rating the movie again later."""
        if not len(numbers):
            return
        for block in self._blocks():
            low, high = np.searchsorted(numbers, (block.first, block.first + len(block)))
            if low == high:
                continue
            lines = block.lines()
            for number in numbers[low:high]:
                self._reject(
                    int(number), RejectionReason.DUPLICATE_RATING, lines[number - block.first]
                )

    def _reject(self, line: int, reason: RejectionReason, raw: str) -> None:
        self.quarantine.add(RejectedRow("ratings", self.file, line, reason, raw))


def _buckets(staged: Path, bounds: np.ndarray, scratch: Path) -> Iterator[pa.Table]:
    """The staged rows, split by ascending ranges of users."""
    if not len(bounds):
        yield _read_all(staged)
        return
    paths = [scratch / f"bucket-{number}.arrow" for number in range(len(bounds) + 1)]
    writers = [pa.ipc.new_file(str(path), _STAGED) for path in paths]
    try:
        with pa.OSFile(str(staged)) as file:
            reader = pa.ipc.open_file(file)
            for number in range(reader.num_record_batches):
                _spread(reader.get_batch(number), bounds, writers)
    finally:
        for writer in writers:
            writer.close()
    staged.unlink()
    for path in paths:
        yield _read_all(path)
        path.unlink()


def _spread(
    rows: pa.RecordBatch, bounds: np.ndarray, writers: list[pa.ipc.RecordBatchFileWriter]
) -> None:
    bucket = np.searchsorted(bounds, rows["user_id"].to_numpy(), side="right")
    for number in np.unique(bucket):
        writers[number].write_batch(rows.take(pa.array(np.flatnonzero(bucket == number))))


def _read_all(path: Path) -> pa.Table:
    with pa.OSFile(str(path)) as file:
        return pa.ipc.open_file(file).read_all()


def _latest(rows: pa.Table) -> tuple[pa.Table, np.ndarray]:
    """The latest row of each (user, movie) by (user, time, movie); the lines of the others."""
    user, movie, time, line = (
        rows[name].to_numpy() for name in ("user_id", "movie_id", "timestamp", "line")
    )
    order = np.lexsort((line, time, movie, user))
    again = np.zeros(len(order), dtype=bool)
    again[:-1] = (np.diff(user[order]) == 0) & (np.diff(movie[order]) == 0)
    kept = order[~again]
    kept = kept[np.lexsort((movie[kept], time[kept], user[kept]))]
    return rows.take(pa.array(kept)), line[order[again]]
