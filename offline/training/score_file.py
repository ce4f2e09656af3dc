"""Scores a file of (user, movie, moment) rows with a trained model."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from offline.data.readers.layouts import canonical_column
from offline.features.point_in_time import write_point_in_time_features
from offline.runtime.step import RunContext
from offline.samples.splits import Split
from offline.saved_model.scoring import score_rows
from offline.training import step as training_step
from sparrow.errors import DataError
from sparrow.system.files import atomic_write, storage_errors

COLUMNS = {"user_id": pa.int64(), "movie_id": pa.int64(), "timestamp": pa.int64()}
MOMENT = "timestamp"
"""The one of COLUMNS that a file may leave out: then all that is known counts."""


def score_file(context: RunContext, rows: Path, model: str, split: Split, out: Path) -> int:
    """Writes the rows of `rows` with a column `score` (0 to 1) to `out`; returns how many.

    The model is the one trained on `split`, and a score sees what that one's samples saw: by time
    only ratings strictly before its row's timestamp, at random all but the row's own. Raises
    DataError when `rows` cannot be read as COLUMNS, StorageError when there is no
    room or permission to write.
    """
    trained = context.output_of(training_step.name(model, split))
    writer, table = _writer(out), read_rows(rows)
    with _scratch(context.settings.data_dir) as scratch:
        queries = scratch / "queries.parquet"
        rows_with_time = _with_moment(table).append_column("row", pa.array(np.arange(len(table))))
        pq.write_table(rows_with_time, queries)
        write_point_in_time_features(context, queries, scratch / "rows", others=split == "random")
        scores = _scores(trained / "model", scratch / "rows", len(table))
    sink = pa.BufferOutputStream()
    writer(table.append_column("score", pa.array(scores)), sink)
    atomic_write(out, sink.getvalue())
    return len(table)


def _with_moment(table: pa.Table) -> pa.Table:
    """The rows with a timestamp, null where the file has none."""
    if MOMENT in table.column_names:
        return table
    return table.append_column(MOMENT, pa.nulls(len(table), COLUMNS[MOMENT]))


@contextmanager
def _scratch(data_dir: Path) -> Iterator[Path]:
    """A folder that goes when the block ends."""
    with (
        storage_errors(data_dir),
        tempfile.TemporaryDirectory(dir=data_dir, prefix=".score-") as folder,
    ):
        yield Path(folder)


def _writer(out: Path) -> Callable[[pa.Table, pa.NativeFile], None]:
    writers: dict[str, Callable[[pa.Table, pa.NativeFile], None]] = {
        ".csv": pyarrow.csv.write_csv,
        ".parquet": pq.write_table,
    }
    if out.suffix not in writers:
        raise DataError(f"Expected a file ending in .csv or .parquet to write, got {out}.")
    return writers[out.suffix]


def _scores(model: Path, rows: Path, count: int) -> np.ndarray:
    scores = np.full(count, np.nan, dtype=np.float32)
    batches, again = itertools.tee(ds.dataset(rows).to_batches())
    for batch, values in zip(batches, score_rows(model, again), strict=True):
        scores[batch.column("row").to_numpy()] = values
    return scores


def read_rows(path: Path) -> pa.Table:
    """COLUMNS of a CSV or Parquet file, also by MovieLens' names, without MOMENT if it has none.

    Raises DataError when it is missing, may not be read, is of another kind, or lacks a column,
    rows or a value.
    """
    try:
        if path.suffix == ".parquet":
            table = pq.read_table(path)
        elif path.suffix == ".csv":
            table = pyarrow.csv.read_csv(path)
        else:
            raise DataError(f"Expected a file ending in .csv or .parquet, got {path}.")
        table = table.rename_columns([canonical_column(column) for column in table.column_names])
        kinds = {n: k for n, k in COLUMNS.items() if n != MOMENT or n in table.column_names}
        table = table.select(list(kinds)).cast(pa.schema(list(kinds.items())))
    except (OSError, pa.ArrowInvalid, pa.ArrowNotImplementedError, KeyError) as error:
        raise DataError(
            f"Expected rows of {', '.join(COLUMNS)} (whole numbers) in {path}, but: "
            f"{str(error).partition(chr(10))[0]}"
        ) from error
    if not len(table):
        raise DataError(f"Expected at least one row to score in {path}, which has only a header.")
    for name in table.column_names:
        if missing := table[name].null_count:
            raise DataError(
                f"Expected a whole number as {name} in every row of {path}, but {missing} have "
                "none: fill them in or leave those rows out."
            )
    return table
