"""The canonical tables: what every importer writes and every later step reads (Parquet)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

MOVIES = pa.schema(
    [
        pa.field("movie_id", pa.int64(), nullable=False),
        pa.field("title", pa.string(), nullable=False),  # reading order, without the year
        pa.field("year", pa.int32()),  # of release; null where the data set has none
        pa.field("genres", pa.list_(pa.string()), nullable=False),  # sorted; empty where none
    ]
)
RATINGS = pa.schema(
    [
        pa.field("user_id", pa.int64(), nullable=False),
        pa.field("movie_id", pa.int64(), nullable=False),
        pa.field("rating", pa.float32(), nullable=False),  # stars, 0.5 to 5 in halves
        pa.field("timestamp", pa.int64(), nullable=False),  # seconds since 1970, UTC
    ]
)
USERS = pa.schema(
    [
        pa.field("user_id", pa.int64(), nullable=False),
        pa.field("age", pa.int32()),  # years; null where unknown
        pa.field("gender", pa.string()),  # as the data set spells it ("F", "M"); null where unknown
        pa.field("occupation", pa.string()),  # lower case words; null where unknown
    ]
)
TAGS = pa.schema(
    [
        pa.field("user_id", pa.int64(), nullable=False),
        pa.field("movie_id", pa.int64(), nullable=False),
        pa.field("tag", pa.string(), nullable=False),
        pa.field("timestamp", pa.int64(), nullable=False),
    ]
)
LINKS = pa.schema(
    [
        pa.field("movie_id", pa.int64(), nullable=False),
        pa.field("imdb_id", pa.string()),  # seven or more digits, without the "tt"
        pa.field("tmdb_id", pa.string()),
    ]
)
SCHEMAS = {"movies": MOVIES, "ratings": RATINGS, "users": USERS, "tags": TAGS, "links": LINKS}


@dataclass(frozen=True)
class DatasetTables:
    """Where one data set's tables lie: a folder of Parquet parts per table, beside `dataset.json`.

    `dataset.json` holds `name`, `source`, `fingerprint` (of the tables' content), `counts` (rows
    per table and quarantined rows) and `time_range` (first and last timestamp).
    """

    root: Path

    def path(self, table: str) -> Path:
        """The folder of Parquet parts of `table`, one of `SCHEMAS`."""
        return self.root / table

    @property
    def dataset_file(self) -> Path:
        """What the data set is; written last, so its presence means complete."""
        return self.root / "dataset.json"
