"""A release's viewers as its files have them, for what is read of all of them at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq  # and not pyarrow.dataset, which takes pandas along

from sparrow.release.release_folder import Release


def viewer_columns(release: Release) -> frozenset[str]:
    """What there is of each viewer: user_id, features, history, vectors."""
    return frozenset(pq.read_schema(viewer_parts(release)[0]).names)


def read_viewers(release: Release, columns: Sequence[str]) -> pa.Table:
    """These columns of all viewers."""
    return pa.Table.from_batches(viewer_batches(release, columns))


def viewer_batches(release: Release, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """These columns of all viewers, some thousands at a time."""
    for part in viewer_parts(release):
        with pq.ParquetFile(part) as file:
            yield from file.iter_batches(columns=columns)


def viewer_parts(release: Release) -> list[Path]:
    """The files."""
    return sorted((release.root / "users").glob("[!._]*.parquet"))
