"""A release's users as its files have them, for what is read of all of them at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq  # and not pyarrow.dataset, which takes pandas along

from sparrow.release.release_folder import Release


def user_columns(release: Release) -> frozenset[str]:
    """What there is of each user: user_id, features, history, vectors."""
    return frozenset(pq.read_schema(user_files(release)[0]).names)


def read_users(release: Release, columns: Sequence[str]) -> pa.Table:
    """These columns of all users."""
    return pa.Table.from_batches(user_batches(release, columns))


def user_batches(release: Release, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """These columns of all users, some thousands at a time."""
    for part in user_files(release):
        with pq.ParquetFile(part) as file:
            yield from file.iter_batches(columns=columns)


def user_files(release: Release) -> list[Path]:
    """The files."""
    return sorted((release.root / "users").glob("[!._]*.parquet"))
