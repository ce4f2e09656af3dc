"""Writing recommendation lists to a CSV or Parquet file that is either complete or absent."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from sparrow.errors import ConfigurationError
from sparrow.system.files import storage_errors

SCHEMA = pa.schema(
    [
        pa.field("user_id", pa.int64(), nullable=False),
        pa.field("movie_id", pa.int64(), nullable=False),
        pa.field("rank", pa.int32(), nullable=False),  # 1 is the best
        pa.field("score", pa.float32(), nullable=False),
    ]
)
_FORMATS = (".csv", ".parquet")


def check_format(out: Path) -> None:
    """Raise ConfigurationError for a file name that is neither CSV nor Parquet."""
    if out.suffix not in _FORMATS:
        raise ConfigurationError(
            f"Expected a file ending in {' or '.join(_FORMATS)}, got {out}: its ending says how to "
            "write it."
        )


@contextmanager
def lists_writer(out: Path) -> Iterator[pq.ParquetWriter | pyarrow.csv.CSVWriter]:
    """A writer of batches of `SCHEMA`; `out` appears only when the block succeeds.

    Raises StorageError when the disk is full or the folder may not be written.
    """
    check_format(out)
    with storage_errors(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as folder:
            unfinished = Path(folder, out.name)
            with _writer(unfinished) as writer:
                yield writer
            unfinished.replace(out)


def _writer(file: Path) -> pq.ParquetWriter | pyarrow.csv.CSVWriter:
    if file.suffix == ".parquet":
        return pq.ParquetWriter(file, SCHEMA)
    plain = pyarrow.csv.WriteOptions(quoting_style="none", quoting_header="none")
    return pyarrow.csv.CSVWriter(file, SCHEMA, write_options=plain)
