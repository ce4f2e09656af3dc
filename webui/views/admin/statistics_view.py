"""StatisticsView of the data set as charts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

from online.admin.dataset_statistics import GenreMonth, RatingDay, Statistics
from webui.views.shared.plots import Bar, Sparkline, bars, downsampled

POINTS = 60
"""Of a line: more cannot be report apart on a phone, and fewer than that can be read as a table."""


@dataclass(frozen=True)
class GenreTrend:
    """A genre's part of all ratings."""

    genre: str
    share: float
    earlier: float  # in the first half of the months
    later: float  # in the second
    months: Sparkline


@dataclass(frozen=True)
class StatisticsView:
    """The page."""

    release: str
    ratings: Sparkline  # a day
    users: Sparkline  # active a day
    stars: tuple[Bar, ...]
    genres: tuple[GenreTrend, ...]  # the largest first
    growth: Sparkline  # movies rated so far
    cold: tuple[Bar, ...]  # movies with at most so many ratings
    tail: Sparkline  # share of all ratings that the most rated movies have

    @property
    def largest(self) -> float:
        """The largest genre's share."""
        return max((genre.share for genre in self.genres), default=1.0)


def statistics(report: Statistics) -> StatisticsView:
    """The charts of a release's tables."""
    days = _without_gaps(report.days)
    shares = accumulate(row.share for row in report.curve)
    return StatisticsView(
        report.release,
        downsampled([(day, float(row.ratings) if row else 0.0) for day, row in days], POINTS),
        downsampled([(day, float(row.active_users) if row else 0.0) for day, row in days], POINTS),
        bars({f"{row.rating:g}": row.ratings for row in report.stars}),
        _trends(report.genres),
        downsampled([(_month(row.month), float(row.movies)) for row in report.growth], POINTS),
        bars({f"≤ {row.at_most}": row.movies for row in report.cold}),
        Sparkline(
            tuple(
                (f"{row.percentile}%", share)
                for row, share in zip(report.curve, shares, strict=True)
                if row.percentile % 10 == 0
            )
        ),
    )


def _without_gaps(days: Sequence[RatingDay]) -> list[tuple[str, RatingDay | None]]:
    if not days:
        return []
    known = {row.day: row for row in days}
    first, span = days[0].day, (days[-1].day - days[0].day).days
    every = (first + timedelta(days=day) for day in range(span + 1))
    return [(day.isoformat(), known.get(day)) for day in every]


def _trends(rows: Sequence[GenreMonth]) -> tuple[GenreTrend, ...]:
    totals = {row.month: row.ratings / row.share for row in rows if row.share}
    months = sorted(totals)
    half = months[len(months) // 2 :]
    by_genre: dict[str, dict[date, int]] = defaultdict(dict)
    for row in rows:
        by_genre[row.genre][row.month] = row.ratings

    def share(ratings: dict[date, int], among: Sequence[date]) -> float:
        total = sum(totals[month] for month in among)
        return sum(ratings.get(month, 0) for month in among) / total if total else 0.0

    trends = [
        GenreTrend(
            genre,
            share(ratings, months),
            share(ratings, months[: len(months) // 2]),
            share(ratings, half),
            downsampled([(_month(m), share(ratings, [m])) for m in months], POINTS),
        )
        for genre, ratings in by_genre.items()
    ]
    return tuple(sorted(trends, key=lambda trend: (-trend.share, trend.genre)))


def _month(month: date) -> str:
    return f"{month:%Y-%m}"
