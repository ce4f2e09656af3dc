"""Samples from Parquet to tf.data: piece by piece, so they may be larger than memory.

Never more is held than the rows that are being mixed (`TrainConfig.shuffle_rows`).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import tensorflow as tf

from offline.factorisation.matrix_factors import Factors
from offline.models.blocks.config import TrainConfig
from offline.models.blocks.inputs import input_specs
from sparrow.errors import DataError
from sparrow.features.declarations import FeatureSet
from sparrow.features.preprocessing import Encoding

READ_ROWS = 16_384


@dataclass(frozen=True)
class Samples:
    """A folder of samples: what `Samples.open` reads, and a folder of Parquet files per part."""

    root: Path
    features: FeatureSet
    encoding: Encoding
    factors: Factors

    @classmethod
    def open(cls, root: Path) -> Samples:
        """Reads `features.json`, `encoding.json` and `factors.npz` of the samples in `root`.

        Raises DataError when they are missing.
        """
        try:
            features = FeatureSet.from_json((root / "features.json").read_text())
            encoding = Encoding.from_json((root / "encoding.json").read_text())
            factors = Factors.load(root / "factors.npz")
        except FileNotFoundError as error:
            raise DataError(
                f"Expected samples in {root}, but {Path(error.filename).name} is missing: run "
                "`sparrow samples`."
            ) from error
        return cls(root, features, encoding, factors)

    def files(self, part: str) -> list[Path]:
        """Parquet files of `train`, `validation` or `test`, in name order.

        Raises DataError when there are none.
        """
        found = sorted((self.root / part).glob("*.parquet"))
        if not found:
            raise DataError(
                f"Expected Parquet files in {self.root / part}, found none: run `sparrow samples`."
            )
        return found

    def count(self, part: str) -> int:
        """Rows of a part, from the files' footers."""
        return sum(pq.read_metadata(file).num_rows for file in self.files(part))

    def batches(self, part: str, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Rows of a part in file order."""
        for file in self.files(part):
            yield from pq.ParquetFile(file).iter_batches(READ_ROWS, columns=columns)


def input_arrays(
    batch: pa.RecordBatch, specs: Mapping[str, tf.TensorSpec]
) -> dict[str, np.ndarray]:
    """Columns of a batch as the arrays that `specs` asks for, (rows,) or (rows, length).

    Raises DataError when a column is missing or has another length than asked for.
    """
    return {name: _array(batch, name, spec) for name, spec in specs.items()}


def _array(batch: pa.RecordBatch, name: str, spec: tf.TensorSpec) -> np.ndarray:
    if name not in batch.schema.names:
        raise DataError(f"Expected a column {name} in the samples, found none: make them again.")
    column = batch.column(name)
    shape = (len(column), *spec.shape[1:])
    values = column.flatten() if len(shape) > 1 else column
    if len(values) != np.prod(shape):
        raise DataError(
            f"Expected {np.prod(shape)} values of {name} in {len(column)} samples, got "
            f"{len(values)}: make the samples again."
        )
    array = values.to_numpy(zero_copy_only=False).astype(spec.dtype.as_numpy_dtype, copy=False)
    return array.reshape(shape)


SAMPLED = "train_sampled"
"""The part with movies that the viewers of the train part did not choose."""


def training_parts(samples: Samples, config: TrainConfig) -> list[str]:
    """The parts that a run by this configuration reads."""
    sampled = config.negative_weight > 0 and (samples.root / SAMPLED).is_dir()
    return ["train", SAMPLED] if sampled else ["train"]


def training_dataset(
    samples: Samples, config: TrainConfig, first_epoch: int = 0
) -> tf.data.Dataset:
    """The epochs from `first_epoch` on, one behind the other, in batches of `(inputs, targets,
    weight)`.

    `targets` (batch, 2) are watched and liked, `weight` (batch,). An epoch is one shuffled pass
    over the train part, whatever its size: files are visited in random order, read piece by piece,
    and `shuffle_rows` rows at a time are held and mixed. Each epoch has an order of its own, which
    follows from the seed and its number.
    """
    specs = input_specs(samples.features)

    positive = positive_weight(samples, config)

    def generate() -> Iterator[Batch]:
        for epoch in range(first_epoch, config.epochs):
            random = np.random.default_rng([config.seed, epoch])
            for chunk in _chunks(samples, config, random):
                weight = _weights(chunk, positive, config.negative_weight)
                yield from _mixed(chunk, weight, specs, config.batch_size, random)

    signature = (specs, tf.TensorSpec((None, 2), "float32"), tf.TensorSpec((None,), "float32"))
    return tf.data.Dataset.from_generator(generate, output_signature=signature).prefetch(4)


Batch = tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]
"""Inputs by name, targets and weight."""


def _mixed(
    chunk: pa.RecordBatch,
    weight: np.ndarray,
    specs: Mapping[str, tf.TensorSpec],
    batch_size: int,
    random: np.random.Generator,
) -> Iterator[Batch]:
    inputs = input_arrays(chunk, specs)
    targets = np.stack([_column(chunk, "watched"), _column(chunk, "label")], axis=1)
    order = random.permutation(len(chunk))
    for start in range(0, len(chunk), batch_size):
        taken = order[start : start + batch_size]
        yield {n: v[taken] for n, v in inputs.items()}, targets[taken], weight[taken]


def _weights(chunk: pa.RecordBatch, positive: float, negative: float) -> np.ndarray:
    """Of each row: its own, times that of likes, or that of movies that were not chosen."""
    watched, label = _column(chunk, "watched") > 0, _column(chunk, "label") > 0
    of_class = np.where(watched, np.where(label, positive, 1.0), negative)
    return _column(chunk, "weight") * of_class.astype(np.float32)


def _column(chunk: pa.RecordBatch, name: str) -> np.ndarray:
    return chunk.column(name).to_numpy(zero_copy_only=False)


def positive_weight(samples: Samples, config: TrainConfig) -> float:
    """What a like weighs; balanced, all likes of the train part as much as all dislikes."""
    if config.positive_weight != "balanced":
        return config.positive_weight
    likes = sum(float(np.sum(_column(b, "label"))) for b in samples.batches("train", ["label"]))
    return (samples.count("train") - likes) / likes if likes else 1.0


def training_rows(samples: Samples, config: TrainConfig) -> int:
    """Rows of one pass."""
    return sum(samples.count(part) for part in training_parts(samples, config))


def _chunks(
    samples: Samples, config: TrainConfig, random: np.random.Generator
) -> Iterator[pa.RecordBatch]:
    """What is mixed at a time, from the files in random order: whole batches but for the last."""
    size = max(config.shuffle_rows // config.batch_size, 1) * config.batch_size
    waiting: list[pa.RecordBatch] = []
    streams = [_stream(samples.files(part), random) for part in training_parts(samples, config)]
    for batches in itertools.zip_longest(*streams):  # so that every chunk has rows of all parts
        waiting += [batch for batch in batches if batch is not None]
        while sum(map(len, waiting)) >= size:
            joined = pa.concat_batches(waiting)
            yield joined.slice(0, size)
            waiting = [joined.slice(size)]
    if any(map(len, waiting)):
        yield pa.concat_batches(waiting)


def _stream(files: list[Path], random: np.random.Generator) -> Iterator[pa.RecordBatch]:
    for position in random.permutation(len(files)):
        yield from pq.ParquetFile(files[position]).iter_batches(READ_ROWS)
