"""The data-quality report: numbers in `quality.json`, charts in `quality.html`."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from offline.data.tables.dataset_metadata import DatasetMetadata
from offline.data.tables.quarantine import QuarantineWriter
from offline.data.tables.table_parts import read_batches
from sparrow.dataset.tables import DatasetTables

_CURVE_POINTS = 60


@dataclass(frozen=True)
class QualityStats:
    """What the report shows.

    histogram: ratings by stars; months: ratings by month ("1997-09"), without gaps.
    per_user, per_movie: (rank, ratings) down the long tail, from the most active on.
    density: share of all pairs of user and movie that are rated; cold_movies: without any rating.
    """

    histogram: dict[str, int]
    months: dict[str, int]
    per_user: list[tuple[int, int]]
    per_movie: list[tuple[int, int]]
    density: float
    mean_rating: float
    cold_movies: int


def write_quality_report(
    tables: DatasetTables, description: DatasetMetadata, quarantine: QuarantineWriter
) -> None:
    """Write `quality.json` and `quality.html` beside the tables."""
    quality = compute_quality(tables, description)
    report = {
        "dataset": description.model_dump(mode="json"),
        "quality": asdict(quality),
        "quarantine": {
            "reasons": {reason.value: count for reason, count in quarantine.counts.items()},
            "samples": [asdict(row) for row in quarantine.first()],
        },
    }
    text = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
    (tables.root / "quality.json").write_text(text, encoding="utf-8")
    (tables.root / "quality.html").write_text(_render(report), encoding="utf-8")


def read_quality_report(folder: Path) -> dict[str, Any]:
    """The numbers of `quality.json`."""
    report: dict[str, Any] = json.loads((folder / "quality.json").read_text(encoding="utf-8"))
    return report


def compute_quality(tables: DatasetTables, description: DatasetMetadata) -> QualityStats:
    """Count what the report shows, in one pass over the ratings."""
    stars, months = np.zeros(11, np.int64), Counter[int]()
    users, movies = Counter[int](), Counter[int]()
    for batch in read_batches(tables, "ratings"):
        halves = np.round(batch["rating"].to_numpy() * 2).astype(np.int64)
        stars += np.bincount(halves, minlength=11)
        seconds = batch["timestamp"].to_numpy().astype("datetime64[s]")
        _count(months, seconds.astype("datetime64[M]").astype(np.int64))
        _count(users, batch["user_id"].to_numpy())
        _count(movies, batch["movie_id"].to_numpy())
    counts = description.counts
    return QualityStats(
        histogram={f"{half / 2:g}": int(stars[half]) for half in range(1, 11)},
        months=_without_gaps(months),
        per_user=_long_tail(users),
        per_movie=_long_tail(movies),
        density=counts["ratings"] / (counts["users"] * counts["movies"]),
        mean_rating=float(stars @ np.arange(11) / 2 / stars.sum()),
        cold_movies=counts["movies"] - len(movies),
    )


def _count(counter: Counter[int], values: np.ndarray) -> None:
    found, counts = np.unique(values, return_counts=True)
    counter.update(dict(zip(found.tolist(), counts.tolist(), strict=True)))


def _without_gaps(months: Counter[int]) -> dict[str, int]:
    span = range(min(months), max(months) + 1)
    return {str(np.datetime64(month, "M")): months[month] for month in span}


def _long_tail(counter: Counter[int]) -> list[tuple[int, int]]:
    """Counts from the largest down, at ranks that are evenly spaced on a logarithmic scale."""
    ordered = sorted(counter.values(), reverse=True)
    ranks = np.unique(np.geomspace(1, len(ordered), _CURVE_POINTS).round().astype(int))
    return [(rank, ordered[rank - 1]) for rank in ranks.tolist()]


def _render(report: dict[str, Any]) -> str:
    pages = Environment(
        loader=PackageLoader("offline.data.tables"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return pages.get_template("quality.html.j2").render(report)
