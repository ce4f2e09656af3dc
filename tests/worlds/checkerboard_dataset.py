"""A small data set with an obvious taste: even users like even movies, odd users odd ones."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sparrow.dataset.tables import SCHEMAS, DatasetTables

GENRES = ("Action", "Comedy", "Drama")
START = 880_000_000


def write_dataset(tables: DatasetTables, ratings: list[tuple[int, int, float, int]]) -> None:
    """Tables of forty movies and the given (user_id, movie_id, rating, timestamp)."""
    movies = [
        {
            "movie_id": m,
            "title": f"Movie {m}",
            "year": None if m == 7 else 1960 + m,
            "genres": [g for place, g in enumerate(GENRES) if m >> place & 1],
        }
        for m in range(1, 41)
    ]
    users = [
        {"user_id": u, "age": 20 + u, "gender": "FM"[u % 2], "occupation": None}
        for u in sorted({u for u, *_ in ratings})
    ]
    rows = {
        "movies": movies,
        "ratings": [
            dict(zip(("user_id", "movie_id", "rating", "timestamp"), r, strict=True))
            for r in ratings
        ],
        "users": users,
        "tags": [],
        "links": [{"movie_id": 1, "imdb_id": "0114709", "tmdb_id": "862"}],
    }
    for table, content in rows.items():
        tables.path(table).mkdir(parents=True)
        written = pa.Table.from_pylist(content, schema=SCHEMAS[table])
        pq.write_table(written, tables.path(table) / "part-00000.parquet")
    times = [r[3] for r in ratings]
    description = {
        "name": "world",
        "source": "test",
        "source_hash": "0",
        "fingerprint": f"{hash(tuple(ratings)):x}",
        "counts": {table: len(content) for table, content in rows.items()} | {"quarantined": 0},
        "time_range": [min(times), max(times)],
    }
    tables.dataset_file.write_text(json.dumps(description))


def checkerboard(users: int = 40, seed: int = 1) -> list[tuple[int, int, float, int]]:
    """Even users like even movies and odd users odd ones; each rates half of the movies 1 to 38."""
    random = np.random.default_rng(seed)
    return [
        (user, int(movie), 5.0 if (user + movie) % 2 == 0 else 2.0, START + user * 50_000 + 40 * k)
        for user in range(1, users + 1)
        for k, movie in enumerate(random.permutation(np.arange(1, 39))[:19])
    ]
