"""`dataset.json`: what a data set's tables hold, and a fingerprint of their content."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import xxhash
from pydantic import BaseModel, ConfigDict, ValidationError

from offline.data.tables.table_parts import part_files, read_batches
from sparrow.dataset.tables import SCHEMAS, DatasetTables
from sparrow.errors import DataError


class DatasetMetadata(BaseModel):
    """What is known about a data set without reading its tables.

    source: where it came from, in words.
    source_hash: fingerprint of the raw files and of the importer that read them.
    fingerprint: of the tables' content, whatever the sizes of their parts.
    counts: rows of each table, and of "quarantined" rows.
    time_range: first and last rating, in seconds since 1970.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    source: str
    source_hash: str
    fingerprint: str
    counts: dict[str, int]
    time_range: tuple[int, int]


def compute_metadata(
    tables: DatasetTables, name: str, source: str, source_hash: str, quarantined: int
) -> DatasetMetadata:
    """Read all tables once and describe them. Raises `DataError` if there is no rating at all."""
    digest = xxhash.xxh3_128()
    counts = {}
    for table in SCHEMAS:
        counts[table] = _update(digest, tables, table)
    if not counts["ratings"]:
        raise DataError(f"{name}: no usable rating in {source}: nothing to recommend from.")
    return DatasetMetadata(
        name=name,
        source=source,
        source_hash=source_hash,
        fingerprint=digest.hexdigest(),
        counts={**counts, "quarantined": quarantined},
        time_range=_time_range(tables),
    )


def write_metadata(tables: DatasetTables, description: DatasetMetadata) -> None:
    """Write `dataset.json`."""
    text = description.model_dump_json(indent=2) + "\n"
    tables.dataset_file.write_text(text, encoding="utf-8")


def read_metadata(tables: DatasetTables) -> DatasetMetadata:
    """Read `dataset.json`. Raises `DataError` if it is missing or unreadable."""
    path = tables.dataset_file
    if not path.is_file():
        raise DataError(f"No data set at {tables.root}: make one with `sparrow data import`.")
    try:
        return DatasetMetadata.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise DataError(f"{path} is damaged: import the data set again.") from error


def unchanged_metadata(tables: DatasetTables, source_hash: str) -> DatasetMetadata | None:
    """The description of tables made from the same source before; None if there are none."""
    try:
        made = read_metadata(tables)
    except DataError:  # missing or damaged: either way they have to be made
        return None
    return made if made.source_hash == source_hash else None


def verify(tables: DatasetTables) -> DatasetMetadata:
    """Read everything back and compare it with `dataset.json`. `DataError` if they differ."""
    stated = read_metadata(tables)
    for table, schema in SCHEMAS.items():
        _verify_schema(part_files(tables, table), schema, tables.path(table))
    found = compute_metadata(
        tables, stated.name, stated.source, stated.source_hash, stated.counts["quarantined"]
    )
    for what in ("counts", "time_range", "fingerprint"):
        if (actual := getattr(found, what)) != (expected := getattr(stated, what)):
            raise DataError(
                f"{tables.root}: {what} changed since the import: expected {expected}, "
                f"actual {actual}. Import the data set again."
            )
    return stated


def _verify_schema(paths: list[Path], schema: pa.Schema, folder: Path) -> None:
    if not paths:
        raise DataError(f"{folder}: no Parquet part. Import the data set again.")
    for path in paths:
        try:
            found = pq.read_schema(path)
        except pa.ArrowInvalid as error:
            raise DataError(f"{path} is damaged: import the data set again.") from error
        if not found.equals(schema):
            raise DataError(f"{path}: expected columns {schema}; actual {found}.")


def _time_range(tables: DatasetTables) -> tuple[int, int]:
    ranges = [
        pc.min_max(batch["timestamp"]).as_py()
        for batch in read_batches(tables, "ratings", ["timestamp"])
    ]
    return min(part["min"] for part in ranges), max(part["max"] for part in ranges)


def _update(digest: xxhash.xxh3_128, tables: DatasetTables, table: str) -> int:
    """Add a table's content to `digest`, column by column; returns its rows."""
    columns: dict[str, xxhash.xxh3_128] = {}
    rows = 0
    for batch in read_batches(tables, table):
        rows += len(batch)
        for name in batch.schema.names:
            for part, content in _bytes(batch[name]):
                columns.setdefault(f"{table}.{name}.{part}", xxhash.xxh3_128()).update(content)
    digest.update(f"{table}:{rows}".encode())
    for name in sorted(columns):
        digest.update(name.encode() + columns[name].digest())
    return rows


def _bytes(values: pa.Array) -> Iterator[tuple[str, bytes]]:
    """An array as bytes that only depend on its values: which are known, how long, and what."""
    yield "known", values.is_valid().to_numpy(zero_copy_only=False).tobytes()
    if pa.types.is_list(values.type):
        yield "length", _plain(pc.list_value_length(values))
        yield from ((f"item.{part}", content) for part, content in _bytes(values.flatten()))
    elif pa.types.is_string(values.type):
        yield "length", _plain(pc.binary_length(values))
        yield "text", "".join(values.drop_null().to_pylist()).encode()
    else:
        yield "value", _plain(values)


def _plain(numbers: pa.Array) -> bytes:
    return np.ascontiguousarray(numbers.fill_null(0).to_numpy()).tobytes()


def validate_dataset_name(name: str) -> str:
    """`name`, if it can name a folder. Raises `DataError` otherwise."""
    if not _NAME.fullmatch(name):
        raise DataError(
            f"Expected a data set name of letters, digits, dots, dashes and underscores that does "
            f"not begin with a dot or dash; actual {name!r}."
        )
    return name


_NAME = re.compile(r"\w[\w.-]*")
