"""The tables for BI over five ratings, counted by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from checkerboard_dataset import write_dataset

from offline.features import statistics
from offline.runtime.step import RunContext, execute

pytestmark = pytest.mark.spark

JANUARY, FEBRUARY = date(2000, 1, 1), date(2000, 2, 1)


def at(month: int, day: int, hour: int, minute: int = 0) -> int:
    return int(datetime(2000, month, day, hour, minute, tzinfo=UTC).timestamp())


# Movie 1 is Action, 2 Comedy, 3 both, 8 neither; none of the other 36 movies is rated.
RATINGS = [
    (1, 1, 5.0, at(1, 31, 23, 59)),
    (2, 1, 4.0, at(1, 31, 0)),
    (1, 3, 3.0, at(2, 1, 0)),
    (1, 8, 4.0, at(2, 1, 12)),
    (2, 2, 5.0, at(2, 3, 12)),
]


@pytest.fixture
def folder(other_space: RunContext) -> Path:
    write_dataset(other_space.tables, RATINGS)
    return execute(statistics.step(other_space.settings), other_space)


def test_every_table_by_hand(folder: Path) -> None:
    tables = {name: pq.read_table(folder / f"{name}.parquet") for name in statistics.TABLES}
    rows = {name: [tuple(row.values()) for row in t.to_pylist()] for name, t in tables.items()}
    assert rows["ratings_by_day"] == [
        (date(2000, 1, 31), 2, 2, 4.5),
        (date(2000, 2, 1), 2, 1, 3.5),
        (date(2000, 2, 3), 1, 1, 5.0),
    ]
    assert rows["rating_histogram"] == [(3.0, 1), (4.0, 2), (5.0, 2)]
    assert rows["genre_shares"] == [
        (JANUARY, "Action", 2, 1.0),
        (FEBRUARY, "Action", 1, pytest.approx(1 / 3)),
        (FEBRUARY, "Comedy", 2, pytest.approx(2 / 3)),
    ]
    assert rows["popularity_curve"][:5] == [
        (1, 2, 0.4), (2, 1, 0.2), (3, 1, 0.2), (4, 1, 0.2), (5, 0, 0.0),
    ]  # fmt: skip
    assert len(rows["popularity_curve"]) == 40  # no more percentiles than movies
    assert rows["cold_movies"] == [(0, 36), (1, 39), (5, 40), (10, 40), (50, 40), (100, 40)]
    assert rows["catalogue_growth"] == [(JANUARY, 1, 1), (FEBRUARY, 3, 4)]
