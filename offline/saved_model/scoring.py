"""Scores of an exported model for rows of samples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from offline.models import tensorflow as tf
from offline.models.blocks.inputs import input_arrays
from sparrow.errors import ReleaseError

SLICE = 8_192  # rows a call: large enough to keep both cores busy, small enough for the caches


def score_rows(saved_model: Path, rows: Iterable[pa.RecordBatch]) -> Iterator[np.ndarray]:
    """The probability of a like for each row, an array (rows,) per batch, in order.

    The batches hold a column per feature; other columns do not matter. Raises ReleaseError when
    `saved_model` is not a SavedModel with a serving signature, DataError when a feature is missing.
    """
    try:
        loaded = tf.saved_model.load(str(saved_model))  # owns the variables: must outlive the loop
        score = loaded.signatures["serving_default"]
    except (OSError, KeyError) as error:
        raise ReleaseError(
            f"Expected a SavedModel with signature serving_default in {saved_model}: run "
            "`sparrow train`."
        ) from error
    specs = score.structured_input_signature[1]
    for batch in rows:
        inputs = input_arrays(batch, specs)
        parts = [
            score(**{name: tf.constant(v[start : start + SLICE]) for name, v in inputs.items()})
            for start in range(0, len(batch), SLICE)
        ]
        yield np.concatenate([part["score"].numpy() for part in parts] or [np.empty(0, "f4")])
