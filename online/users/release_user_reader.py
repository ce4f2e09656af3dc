"""Users from a release's Parquet files: one for an outage of Redis, or columns of all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq  # not pyarrow.dataset, which imports pandas

from online.users.user_state import UserState
from sparrow.features.declarations import Entity
from sparrow.features.row_codec import decode_history
from sparrow.release.release_folder import Release

_CACHED_USERS = 1000


class ReleaseUserReader:
    """Reads single users. Blocks: call it in a thread."""

    def __init__(self, release: Release) -> None:
        self._release = release
        self._read = lru_cache(_CACHED_USERS)(self._user)

    def __call__(self, user_id: int) -> UserState | None:
        """The user as of the release; None if it has no such user or lacks columns."""
        return self._read(user_id)

    def _user(self, user_id: int) -> UserState | None:
        features, embeddings = self._release.features, self._release.manifest.embeddings
        names = [feature.name for feature in features.of(Entity.USER)]
        present = user_columns(self._release)
        if not {"history", *names} <= present:
            return None
        vectors = {name: f"vec_{name}" for name in embeddings if f"vec_{name}" in present}
        columns = list(dict.fromkeys(["user_id", "history", *names, *vectors.values()]))
        row = self._row(user_id, columns)
        if row is None:
            return None
        record = features.empty_rows(Entity.USER, 1)[0]
        for name in names:
            record[name] = np.nan if row[name] is None else row[name]
        return UserState(
            user_id=user_id,
            row=record,
            history=decode_history(row["history"] or b""),
            vectors={
                name: np.array(row[column], dtype=np.float32)
                for name, column in vectors.items()
                if row[column] is not None
            },
            exists=True,
        )

    def _row(self, user_id: int, columns: list[str]) -> dict[str, Any] | None:
        for part in user_files(self._release):
            with pq.ParquetFile(part) as file:
                place = file.schema_arrow.get_field_index("user_id")
                for group in range(file.num_row_groups):
                    known = file.metadata.row_group(group).column(place).statistics
                    if known is not None and not known.min <= user_id <= known.max:
                        continue
                    table = file.read_row_group(group, columns)
                    found = table.filter(pc.equal(table["user_id"], user_id))
                    if found.num_rows:
                        row: dict[str, Any] = found.slice(0, 1).to_pylist()[0]
                        return row
        return None


def user_columns(release: Release) -> frozenset[str]:
    """Columns of the users: user_id, features, history, vectors."""
    return frozenset(pq.read_schema(user_files(release)[0]).names)


def read_users(release: Release, columns: Sequence[str]) -> pa.Table:
    """These columns of all users."""
    return pa.Table.from_batches(user_batches(release, columns))


def user_batches(release: Release, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """These columns of all users, in batches of some thousands."""
    for part in user_files(release):
        with pq.ParquetFile(part) as file:
            yield from file.iter_batches(columns=columns)


def user_files(release: Release) -> list[Path]:
    """The Parquet files of the users."""
    return sorted((release.root / "users").glob("[!._]*.parquet"))
