"""Figures of the data set for BI, as the release that serves brings them along."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from sparrow.errors import ReleaseError

Row = TypeVar("Row")


@dataclass(frozen=True)
class RatingDay:
    """One day on which somebody rated."""

    day: date
    ratings: int
    active_users: int
    rating_mean: float


@dataclass(frozen=True)
class StarCount:
    """How many ratings gave so many stars."""

    rating: float
    ratings: int


@dataclass(frozen=True)
class GenreMonth:
    """What part of a month's ratings a genre received; a movie counts for each of its genres."""

    month: date
    genre: str
    ratings: int
    share: float


@dataclass(frozen=True)
class Percentile:
    """One hundredth of the movies, the most rated first, and its part of all ratings."""

    percentile: int
    ratings: int
    share: float


@dataclass(frozen=True)
class ColdMovieCount:
    """How many movies have at most so many ratings."""

    at_most: int
    movies: int


@dataclass(frozen=True)
class GrowthMonth:
    """Movies that were rated for the first time in a month, and all so far."""

    month: date
    new_movies: int
    movies: int


@dataclass(frozen=True)
class Statistics:
    """The tables of `sparrow stats`."""

    release: str
    days: tuple[RatingDay, ...]
    stars: tuple[StarCount, ...]
    genres: tuple[GenreMonth, ...]
    curve: tuple[Percentile, ...]
    cold: tuple[ColdMovieCount, ...]
    growth: tuple[GrowthMonth, ...]


def read_statistics(release: str, folder: Path) -> Statistics:
    """Reads the tables in `folder`; ReleaseError when one is missing or is not as it must be."""
    return Statistics(
        release,
        days=_table(folder / "ratings_by_day.parquet", RatingDay),
        stars=_table(folder / "rating_histogram.parquet", StarCount),
        genres=_table(folder / "genre_shares.parquet", GenreMonth),
        curve=_table(folder / "popularity_curve.parquet", Percentile),
        cold=_table(folder / "cold_movies.parquet", ColdMovieCount),
        growth=_table(folder / "catalogue_growth.parquet", GrowthMonth),
    )


def _table(file: Path, row: type[Row]) -> tuple[Row, ...]:
    columns = [field.name for field in fields(row)]  # type: ignore[arg-type]
    try:
        table: list[dict[str, Any]] = pq.read_table(file, columns=columns).to_pylist()
        return tuple(row(**line) for line in table)
    except (OSError, pa.ArrowException, TypeError) as error:
        raise ReleaseError(
            f"Expected figures in {file.name} of the release, but they cannot be read ({error}): "
            "run `sparrow stats` and `sparrow publish`."
        ) from error
