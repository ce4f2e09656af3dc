"""Feature rows survive the way through Arrow columns, however few genres there are."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from offline.runtime.arrow import arrow_rows, structured_rows
from sparrow.features.declarations import Entity, build_feature_set


@pytest.mark.parametrize("genres", [(), ("Drama",), ("Comedy", "Drama"), tuple("ABCDEF")])
@pytest.mark.parametrize("count", [0, 1, 3])
@pytest.mark.parametrize("entity", list(Entity))
def test_rows_come_back_as_they_were(genres: tuple[str, ...], count: int, entity: Entity) -> None:
    features = build_feature_set(genres)
    rows = features.empty_rows(entity, count)
    for place, feature in enumerate(features.of(entity)):
        values = np.arange(rows[feature.name].size) + place
        rows[feature.name] = values.reshape(rows[feature.name].shape)
    columns = arrow_rows(features.of(entity), {name: rows[name] for name in rows.dtype.names})
    batch = pa.RecordBatch.from_pydict(columns)
    np.testing.assert_array_equal(structured_rows(batch, features, entity), rows)
