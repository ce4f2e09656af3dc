"""What a user's ratings come to, beside what everybody says of the same films."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from online.types import Movie, Rating
from webui.views.shared.cards import Card
from webui.views.shared.plots import Bar, bars

DISAGREEMENTS = 6
DECADES = 6
"""Columns that the chart of decades has at least."""

MIN_VOTES = 5
"""RatingSummary that a film's average needs before a user can disagree with it."""


@dataclass(frozen=True)
class HistoryLine:
    """One line of a history."""

    rating: Rating
    movie: Movie

    @property
    def card(self) -> Card:
        """The film with its rating, for its controls."""
        return Card(self.movie, user_rating=self.rating.score)


@dataclass(frozen=True)
class RatingSummary:
    """A user's ratings, summed up."""

    stars: tuple[Bar, ...]  # by half stars
    decades: tuple[Bar, ...]
    disagreements: tuple[HistoryLine, ...]  # the furthest from everybody first


def ratings(lines: Sequence[HistoryLine]) -> RatingSummary:
    """What a history comes to."""
    years = Counter(line.movie.year // 10 * 10 for line in lines if line.movie.year is not None)
    scores = Counter(round(line.rating.score * 2) for line in lines)
    last = max(years, default=-10)
    decades = range(min(*years, last - 10 * (DECADES - 1)), last + 1, 10) if years else range(0)
    judged = [line for line in lines if line.movie.rating_count >= MIN_VOTES and _apart(line)]
    return RatingSummary(
        stars=bars({f"{half / 2:g}": scores[half] for half in range(1, 11)}),
        decades=bars({str(decade): years[decade] for decade in decades}),
        disagreements=tuple(sorted(judged, key=_apart, reverse=True)[:DISAGREEMENTS]),
    )


def _apart(line: HistoryLine) -> float:
    mean = line.movie.rating_mean
    return 0.0 if mean is None else abs(line.rating.score - mean)
