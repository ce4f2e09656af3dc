"""Users out of a release's files: for the time that Redis is away."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from online.users.release_user_table import user_columns, user_files
from online.users.user_state import UserState
from sparrow.features.declarations import Entity
from sparrow.features.row_codec import decode_history
from sparrow.release.release_folder import Release

_KEPT = 1000  # users that are not read again


class ReleaseUserReader:
    """Reads one user at a time: the part of a file that may have them, so ask it in a thread."""

    def __init__(self, release: Release) -> None:
        self._release = release
        self._read = lru_cache(_KEPT)(self._found)

    def __call__(self, user_id: int) -> UserState | None:
        """The user as the release has them; None if it does not, or its files do not tell."""
        return self._read(user_id)

    def _found(self, user_id: int) -> UserState | None:
        features, embeddings = self._release.features, self._release.manifest.embeddings
        names = [feature.name for feature in features.of(Entity.USER)]
        there = user_columns(self._release)
        if not {"history", *names} <= there:
            return None
        vectors = {name: f"vec_{name}" for name in embeddings if f"vec_{name}" in there}
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
