"""The statistics of a world of ratings, as `sparrow stats` would write them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq


def write_statistics(
    folder: Path, ratings: Sequence[np.ndarray], movies: np.ndarray, genres: Callable[[int], list]
) -> None:
    """`ratings` are columns: user_id, movie_id, rating, timestamp."""
    user, movie, stars, time = ratings
    days = [datetime.fromtimestamp(t, UTC).date() for t in time.tolist()]
    months = [day.replace(day=1) for day in days]
    counts = np.array([(movie == m).sum() for m in movies])
    folder.mkdir()
    for name, columns in {
        "ratings_by_day": _by_day(days, user, stars),
        "rating_histogram": _columns(sorted(Counter(stars.tolist()).items()), "rating", "ratings"),
        "genre_shares": _genre_shares(months, movie, genres),
        "popularity_curve": _curve(np.sort(counts)[::-1]),
        "cold_movies": {
            "at_most": [0, 1, 5],
            "movies": [int((counts <= most).sum()) for most in (0, 1, 5)],
        },
        "catalogue_growth": _growth(months, movie),
    }.items():
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")


def _columns(rows: Sequence[Sequence[object]], *names: str) -> Mapping[str, list[object]]:
    return {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}


def _by_day(days: Sequence[date], user: np.ndarray, stars: np.ndarray) -> Mapping[str, list]:
    rows = []
    for day in sorted(set(days)):
        mine = np.array([other == day for other in days])
        rows.append((day, int(mine.sum()), len(set(user[mine])), float(stars[mine].mean())))
    return _columns(rows, "day", "ratings", "active_users", "rating_mean")


def _genre_shares(
    months: Sequence[date], movie: np.ndarray, genres: Callable[[int], list]
) -> Mapping[str, list]:
    totals = Counter(months)
    received = Counter(
        (month, genre)
        for month, rated in zip(months, movie.tolist(), strict=True)
        for genre in genres(rated)
    )
    rows = [(m, genre, n, n / totals[m]) for (m, genre), n in sorted(received.items())]
    return _columns(rows, "month", "genre", "ratings", "share")


def _curve(counts: np.ndarray) -> Mapping[str, list]:
    parts = np.array_split(counts, 100)
    rows = [
        (place, int(part.sum()), float(part.sum() / counts.sum()))
        for place, part in enumerate(parts, start=1)
    ]
    return _columns(rows, "percentile", "ratings", "share")


def _growth(months: Sequence[date], movie: np.ndarray) -> Mapping[str, list]:
    first: dict[int, date] = {}
    for month, rated in zip(months, movie.tolist(), strict=True):  # in the order of time
        first.setdefault(rated, month)
    new = Counter(first.values())
    so_far, rows = 0, []
    for month in sorted(new):
        so_far += new[month]
        rows.append((month, new[month], so_far))
    return _columns(rows, "month", "new_movies", "movies")
