"""Between feature rows (NumPy) and tables (Arrow, Spark): types derived from the feature set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa

from sparrow.features.declarations import Entity, Feature, FeatureSet, FeatureType


def arrow_type(feature: Feature) -> pa.DataType:
    """The column type of a feature: a scalar, or a list of exactly `feature.length`."""
    value = pa.float32() if feature.kind is FeatureType.NUMBER else pa.int64()
    return pa.list_(value) if feature.length > 1 else value


def arrow_column(feature: Feature, values: np.ndarray) -> pa.Array:
    """A feature's values, `(rows,)` or `(rows, length)`, as a column."""
    flat = np.ascontiguousarray(values, dtype=feature.dtype)
    if feature.length == 1:
        return pa.array(flat)
    offsets = np.arange(0, flat.size + 1, feature.length, dtype=np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(flat.reshape(-1)))


def numpy_column(column: pa.Array | pa.ChunkedArray, length: int) -> np.ndarray:
    """The reverse of `arrow_column`: `(rows,)`, or `(rows, length)` for a list column."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    values = array if length == 1 else array.flatten()
    numbers: np.ndarray = values.to_numpy(zero_copy_only=False)
    return numbers if length == 1 else numbers.reshape(-1, length)


def arrow_rows(features: Iterable[Feature], rows: Mapping[str, np.ndarray]) -> dict[str, pa.Array]:
    """Those of `features` that `rows` holds, as columns by name."""
    return {f.name: arrow_column(f, rows[f.name]) for f in features if f.name in rows}


def structured_rows(table: pa.RecordBatch, features: FeatureSet, entity: Entity) -> np.ndarray:
    """An entity's columns as records of `FeatureSet.row_dtype`, ready for the row codec."""
    rows = features.empty_rows(entity, table.num_rows)
    for feature in features.of(entity):
        rows[feature.name] = numpy_column(table.column(feature.name), feature.length)
    return rows
