"""Samples from Parquet to tf.data: piece by piece, so they may be larger than memory.

Never more is held than the rows that are being mixed (`TrainConfig.shuffle_rows`).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import tensorflow as tf

from offline.models.blocks.config import TrainConfig
from offline.models.blocks.inputs import input_arrays, input_specs
from offline.runtime.arrow import numpy_column
from offline.samples.sample_files import READ_ROWS, Samples

NEGATIVES = "train_sampled"
"""The part with movies that the users of the train part did not choose."""


def training_splits(samples: Samples, config: TrainConfig) -> list[str]:
    """The parts that a run by this configuration reads."""
    sampled = config.negative_weight > 0 and (samples.root / NEGATIVES).is_dir()
    return ["train", NEGATIVES] if sampled else ["train"]


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
    return numpy_column(chunk.column(name), 1)


def positive_weight(samples: Samples, config: TrainConfig) -> float:
    """What a like weighs; balanced, all likes of the train part as much as all dislikes."""
    if config.positive_weight != "balanced":
        return config.positive_weight
    likes = sum(float(np.sum(_column(b, "label"))) for b in samples.batches("train", ["label"]))
    return (samples.count("train") - likes) / likes if likes else 1.0


def training_rows(samples: Samples, config: TrainConfig) -> int:
    """Rows of one pass."""
    return sum(samples.count(part) for part in training_splits(samples, config))


def _chunks(
    samples: Samples, config: TrainConfig, random: np.random.Generator
) -> Iterator[pa.RecordBatch]:
    """What is mixed at a time, from the files in random order: whole batches but for the last."""
    size = max(config.shuffle_rows // config.batch_size, 1) * config.batch_size
    waiting: list[pa.RecordBatch] = []
    streams = [_stream(samples.files(part), random) for part in training_splits(samples, config)]
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
