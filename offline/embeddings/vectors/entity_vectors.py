"""Vectors of movies and users between Spark and the release."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
from pyspark.sql import DataFrame

from offline.runtime.arrow import numpy_column
from sparrow.vectors.embedding import Embedding


@dataclass(frozen=True)
class EntityVectors:
    """What an embedding is made into; both frames: `id`, `vector` (array of float)."""

    movies: DataFrame
    users: DataFrame


def collect_embedding(parts: Path) -> Embedding:
    """Movie vectors from Parquet parts into the two arrays that servers map, ordered by id."""
    table: pa.Table = ds.dataset(parts).to_table().sort_by("id")
    ids = table["id"].to_numpy()
    vectors = numpy_column(table["vector"], len(table["vector"][0]))
    return Embedding(ids, vectors.astype(np.float32))
