"""The data-quality report that importing a data set leaves beside its tables."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ValidationError

from sparrow.errors import DataError


class Dataset(BaseModel):
    """Which data were imported."""

    name: str
    source: str
    fingerprint: str
    counts: dict[str, int]  # rows by table, and `quarantined`
    time_range: tuple[int, int]  # seconds since 1970


class RatingStatistics(BaseModel):
    """What the ratings are like."""

    histogram: dict[str, int]  # ratings by stars
    months: dict[str, int]  # ratings by month, without gaps
    density: float  # of all pairs of user and movie
    mean_rating: float
    cold_movies: int  # without any rating


class RefusedRow(BaseModel):
    """A row that was not taken over."""

    file: str
    line: int
    reason: str
    raw: str


class QuarantineReport(BaseModel):
    """Rows that were not taken over."""

    reasons: dict[str, int]
    samples: list[RefusedRow]


class QualityReport(BaseModel):
    """What `quality.json` says."""

    dataset: Dataset
    quality: RatingStatistics
    quarantine: QuarantineReport


def read_quality(tables: Path) -> QualityReport | None:
    """The report in a folder of tables; None where there is none.

    Raises DataError for one that cannot be read.
    """
    try:
        return QualityReport.model_validate_json((tables / "quality.json").read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise DataError(
            f"{tables / 'quality.json'} cannot be read: import the data set again."
        ) from error
