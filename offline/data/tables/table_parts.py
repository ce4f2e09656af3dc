"""Writing a canonical table as Parquet parts of bounded size, and reading it back in batches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from sparrow.dataset.tables import SCHEMAS, DatasetTables

ROWS_PER_PART = 1_000_000
_ROWS_PER_GROUP = 131_072


class PartWriter:
    """Appends rows to one table of `tables`, a new part file every `ROWS_PER_PART` rows.

    A table without rows still gets one part, so that its schema can be read.
    """

    def __init__(self, tables: DatasetTables, table: str) -> None:
        self.schema = SCHEMAS[table]
        self.folder = tables.path(table)
        self.rows = 0
        self._parts = 0

    def __enter__(self) -> PartWriter:
        self.folder.mkdir(parents=True)
        self._open_part()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def write(self, rows: pa.Table) -> None:
        """Append rows; columns beyond the schema's are not written."""
        rows = rows.select(self.schema.names).cast(self.schema)
        self.rows += len(rows)
        while len(rows):
            if not self._free:
                self._file.close()
                self._open_part()
            fitting = rows.slice(0, self._free)
            self._file.write_table(fitting, row_group_size=_ROWS_PER_GROUP)
            self._free -= len(fitting)
            rows = rows.slice(len(fitting))

    def _open_part(self) -> None:
        path = self.folder / f"part-{self._parts:05d}.parquet"
        self._file = pq.ParquetWriter(path, self.schema, compression="zstd")
        self._free = ROWS_PER_PART
        self._parts += 1


def write_table(tables: DatasetTables, table: str, rows: pa.Table) -> None:
    """Write a table that fits in memory."""
    with PartWriter(tables, table) as writer:
        writer.write(rows)


def part_files(tables: DatasetTables, table: str) -> list[Path]:
    """The table's part files in order."""
    return sorted(tables.path(table).glob("*.parquet"))


def read_batches(
    tables: DatasetTables, table: str, columns: list[str] | None = None
) -> Iterator[pa.RecordBatch]:
    """The table's rows in order, in batches of bounded size."""
    for path in part_files(tables, table):
        with pq.ParquetFile(path) as file:
            yield from file.iter_batches(_ROWS_PER_GROUP, columns=columns)
