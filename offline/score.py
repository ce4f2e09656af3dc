"""Scores a file of (user, movie, moment) rows with a trained model, by what was known before."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from offline.as_of import write_rows_as_of
from offline.evaluation.scoring import score_rows
from offline.steps import Workspace
from sparrow.errors import DataError
from sparrow.files import atomic_write

COLUMNS = {"user_id": pa.int64(), "movie_id": pa.int64(), "timestamp": pa.int64()}


def score_file(space: Workspace, rows: Path, trained: Path, out: Path) -> int:
    """Writes the rows of `rows` with a column `score` (0 to 1) to `out`; returns how many.

    `trained` is the folder of a training step. A score uses only ratings strictly before its row's
    timestamp. Raises DataError when `rows` cannot be read as COLUMNS.
    """
    writer, table = _writer(out), read_rows(rows)
    with tempfile.TemporaryDirectory(dir=space.settings.data_dir, prefix=".score-") as folder:
        scratch = Path(folder)
        queries = scratch / "queries.parquet"
        pq.write_table(table.append_column("row", pa.array(np.arange(len(table)))), queries)
        write_rows_as_of(space, queries, scratch / "rows")
        scores = _scores(trained / "model", scratch / "rows", len(table))
    sink = pa.BufferOutputStream()
    writer(table.append_column("score", pa.array(scores)), sink)
    atomic_write(out, sink.getvalue())
    return len(table)


def _writer(out: Path) -> Callable[[pa.Table, pa.NativeFile], None]:
    writers = {".csv": pyarrow.csv.write_csv, ".parquet": pq.write_table}
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
    """COLUMNS of a CSV or Parquet file.

    Raises DataError when it is missing, of another kind, or lacks a column.
    """
    try:
        if path.suffix == ".parquet":
            table = pq.read_table(path)
        elif path.suffix == ".csv":
            table = pyarrow.csv.read_csv(path)
        else:
            raise DataError(f"Expected a file ending in .csv or .parquet, got {path}.")
        return table.select(list(COLUMNS)).cast(pa.schema(list(COLUMNS.items())))
    except (FileNotFoundError, pa.ArrowInvalid, KeyError) as error:
        raise DataError(
            f"Expected rows of {', '.join(COLUMNS)} (whole numbers) in {path}, but: {error}"
        ) from error
