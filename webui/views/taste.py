"""What a viewer's ratings say, beside what everybody says of the same films."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from online.types import Movie, Rating

GENRES = 10
DISAGREEMENTS = 6
MIN_VOTES = 5
"""Ratings that a film's average needs before a viewer can disagree with it."""


@dataclass(frozen=True)
class Rated:
    """One line of a history."""

    rating: Rating
    movie: Movie


@dataclass(frozen=True)
class GenreTaste:
    """A genre as one viewer rates it."""

    genre: str
    share: float  # of the viewer's rated films
    own: float  # mean stars
    everybody: float | None  # mean of the averages of the same films


@dataclass(frozen=True)
class Bar:
    """One column of a chart."""

    label: str
    count: int
    share: float  # of the tallest column


@dataclass(frozen=True)
class Taste:
    """A viewer's ratings, summed up."""

    genres: tuple[GenreTaste, ...]  # most rated first
    stars: tuple[Bar, ...]  # by half stars
    decades: tuple[Bar, ...]
    disagreements: tuple[Rated, ...]  # the furthest from everybody first

    @property
    def widest(self) -> float:
        """The largest share, which fills the chart's width."""
        return max((line.share for line in self.genres), default=1.0)


def taste(lines: Sequence[Rated]) -> Taste:
    """The taste that a history shows."""
    years = Counter(line.movie.year // 10 * 10 for line in lines if line.movie.year is not None)
    scores = Counter(round(line.rating.score * 2) for line in lines)
    decades = range(min(years, default=0), max(years, default=-10) + 1, 10)
    judged = [line for line in lines if line.movie.rating_count >= MIN_VOTES and _apart(line)]
    return Taste(
        genres=_genres(lines),
        stars=_bars({f"{half / 2:g}": scores[half] for half in range(1, 11)}),
        decades=_bars({str(decade): years[decade] for decade in decades}),
        disagreements=tuple(sorted(judged, key=_apart, reverse=True)[:DISAGREEMENTS]),
    )


def _apart(line: Rated) -> float:
    mean = line.movie.rating_mean
    return 0.0 if mean is None else abs(line.rating.score - mean)


def _genres(lines: Sequence[Rated]) -> tuple[GenreTaste, ...]:
    by_genre: dict[str, list[Rated]] = defaultdict(list)
    for line in lines:
        for genre in line.movie.genres:
            by_genre[genre].append(line)
    order = sorted(by_genre.items(), key=lambda found: (-len(found[1]), found[0]))
    return tuple(_genre(genre, found, len(lines)) for genre, found in order[:GENRES])


def _genre(genre: str, lines: Sequence[Rated], total: int) -> GenreTaste:
    means = [line.movie.rating_mean for line in lines if line.movie.rating_mean is not None]
    own = fmean(line.rating.score for line in lines)
    return GenreTaste(genre, len(lines) / total, own, fmean(means) if means else None)


def _bars(counts: Mapping[str, int]) -> tuple[Bar, ...]:
    tallest = max(counts.values(), default=0) or 1
    return tuple(Bar(label, count, count / tallest) for label, count in counts.items())
