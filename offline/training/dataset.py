"""Samples from Parquet to tf.data: part by part, never more in memory than the shuffle buffer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import tensorflow as tf

from offline.models.inputs import DTYPES, shape_of
from sparrow.encoding import Encoding
from sparrow.errors import DataError
from sparrow.features import Feature, FeatureSet

Arrays = Mapping[str, np.ndarray]
READ_ROWS = 65_536


class Samples:
    """A folder of samples: `features.json`, `encoding.json`, and Parquet parts in `train/`, ….

    Raises DataError when the folder is incomplete.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        try:
            self.features = FeatureSet.from_json((root / "features.json").read_text())
            self.encoding = Encoding.from_json((root / "encoding.json").read_text())
        except FileNotFoundError as error:
            raise DataError(f"{error.filename} is missing: run `sparrow samples` first.") from error

    def files(self, part: str) -> list[Path]:
        """Parquet files of a part, in name order."""
        found = sorted((self.root / part).glob("*.parquet"))
        if not found:
            raise DataError(f"{self.root / part} has no samples: run `sparrow samples` first.")
        return found

    def count(self, part: str) -> int:
        """Rows of a part, from the files' footers."""
        return sum(pq.read_metadata(file).num_rows for file in self.files(part))

    def batches(
        self, part: str, size: int = READ_ROWS, columns: list[str] | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Rows of a part in file order, `size` at a time."""
        for file in self.files(part):
            yield from pq.ParquetFile(file).iter_batches(size, columns=columns)


def feature_arrays(batch: pa.RecordBatch, features: FeatureSet) -> dict[str, np.ndarray]:
    """Columns of a batch as the arrays that models take, (rows,) or (rows, length).

    Raises DataError when a feature is missing or has another length than declared.
    """
    return {f.name: _array(batch, f) for f in features.features}


def _array(batch: pa.RecordBatch, feature: Feature) -> np.ndarray:
    if feature.name not in batch.schema.names:
        raise DataError(f"Samples lack the feature {feature.name}: run `sparrow samples` again.")
    column = batch.column(feature.name)
    shape = (len(column), *shape_of(feature))
    flat = column.flatten() if len(shape) > 1 else column
    if len(flat) != np.prod(shape):
        raise DataError(
            f"Expected {feature.length} values of {feature.name} a sample, got "
            f"{len(flat) / max(len(column), 1):g}: run `sparrow samples` again."
        )
    return flat.to_numpy(zero_copy_only=False).astype(DTYPES[feature.kind], copy=False).reshape(shape)


def training_batches(
    samples: Samples, part: str, batch_size: int, shuffle_rows: int, seed: int
) -> tf.data.Dataset:
    """An endless-memory-free pass over a part: `(features, label)` in batches, order by `seed`.

    Files are visited in random order and `shuffle_rows` rows at a time are mixed. Iterating again
    gives another order, the same one for the same seed.
    """
    random = np.random.default_rng(seed)

    def generate() -> Iterator[tuple[Arrays, np.ndarray]]:
        for chunk in _mixed_chunks(samples, part, shuffle_rows, random):
            arrays = feature_arrays(chunk, samples.features)
            label = chunk.column("label").to_numpy(zero_copy_only=False)
            order = random.permutation(len(label))
            for start in range(0, len(label), batch_size):
                taken = order[start : start + batch_size]
                yield {name: a[taken] for name, a in arrays.items()}, label[taken]

    inputs = {
        f.name: tf.TensorSpec((None, *shape_of(f)), DTYPES[f.kind])
        for f in samples.features.features
    }
    signature = (inputs, tf.TensorSpec((None,), "float32"))
    return tf.data.Dataset.from_generator(generate, output_signature=signature).prefetch(4)


def _mixed_chunks(
    samples: Samples, part: str, rows: int, random: np.random.Generator
) -> Iterator[pa.RecordBatch]:
    """Chunks of about `rows` rows from the files in random order."""
    files = samples.files(part)
    waiting: list[pa.RecordBatch] = []
    for position in random.permutation(len(files)):
        for batch in pq.ParquetFile(files[position]).iter_batches(READ_ROWS):
            waiting.append(batch)
            if sum(map(len, waiting)) >= rows:
                yield pa.concat_batches(waiting)
                waiting = []
    if waiting:
        yield pa.concat_batches(waiting)
