"""Evidence that a viewer will watch a movie at all, apart from what a ranking model says.

Each part is brought to mean 0 and deviation 1 over the most rated movies, so that one set of
weights serves every viewer and every size of catalogue. Servers, and the backtest that chooses the
weights, call these same functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sparrow.folds import WEEK

PRIOR_VOTES = 25.0
"""Votes at the mean of all ratings that every movie starts with, so that one vote tops no list."""

HALF_LIFE = 5.0
"""Events after which a rating counts half as much for `co_rated_lately`."""

MOST_MOVIES = 4_000
"""Movies that set the scale of each part, the most rated, and that are related to each other."""

NEUTRAL_STARS = 2.0
"""Stars that say nothing for `alike`: above, a rating speaks for movies like it, below against."""

FEW = (1, 3, 5, 10)
"""Ratings of a newcomer for whom the parts weigh differently; in between they change slowly."""

CROWD = ("popularity", "month", "week", "newness", "quality", "year")
PERSONAL = ("taste", "co_rated", "co_rated_lately", "alike")
COUNTED = (*PERSONAL, *CROWD)
TOWERS = "towers"
"""What the two towers expect next: the one part that takes long to learn, so that its weight is
chosen with the ranking models', on ratings that all of these have not seen."""

PARTS = (*COUNTED, TOWERS)

NEXT, RETURN_DAYS = "next", "return_days"
"""What a release calls the weights of viewers of whom `goes_on` is true, and for how long it waits
for the others."""


def goes_on(away: np.ndarray, return_within: float) -> np.ndarray:
    """Whose list goes on where they stopped: bool, in the shape of `away`.

    `away` (…) seconds from a viewer's last rating to the moment that the evidence is as of, which
    are negative for somebody who has rated since: they are here now. Whoever has been away for more
    than `return_within` seconds would be back by now if they came back at all: all that can be
    foreseen of them is what they would have rated next. Everybody else may come back any day, to
    what is new by then.
    """
    return np.asarray((away < 0) | (away > return_within))


@dataclass(frozen=True)
class MovieFigures:
    """What all ratings so far come to, arrays (movies,)."""

    count: np.ndarray  # ratings
    mean: np.ndarray  # stars, NaN where unrated
    last_month: np.ndarray  # ratings in the last 30 days
    last_week: np.ndarray  # ratings in the last 7 days
    first_rated: np.ndarray  # seconds since 1970, NaN where unrated
    year: np.ndarray  # of release, NaN where unknown


def shrunk_mean(count: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Mean rating drawn towards the mean of all ratings by `PRIOR_VOTES`: (movies,)."""
    total = np.where(count > 0, np.nan_to_num(mean) * count, 0.0)
    overall = total.sum() / max(count.sum(), 1)
    return np.asarray((total + PRIOR_VOTES * overall) / (count + PRIOR_VOTES))


def crowd(figures: MovieFigures, as_of: int) -> Mapping[str, np.ndarray]:
    """The parts that are the same for everybody, by the names in CROWD, each (movies,)."""
    raw = {
        "popularity": np.log1p(figures.count),
        "month": np.log1p(figures.last_month),
        "week": np.log1p(figures.last_week),
        "newness": -np.log1p((as_of - figures.first_rated) / WEEK),
        "quality": shrunk_mean(figures.count, figures.mean),
        "year": figures.year,
    }
    scale = most_rated(figures.count)
    return {name: standardised(values, scale) for name, values in raw.items()}


def most_rated(count: np.ndarray) -> np.ndarray:
    """Which movies are among the MOST_MOVIES with most ratings, ties by place: (movies,) bool."""
    most = np.zeros(len(count), dtype=bool)
    most[np.argsort(-count, kind="stable")[:MOST_MOVIES]] = True
    return most


def recency(events: int) -> np.ndarray:
    """Weights of a history of so many events, the oldest first: 1 for the newest, halving back."""
    return np.asarray(0.5 ** (np.arange(events)[::-1] / HALF_LIFE))


def standardised(values: np.ndarray, scale: np.ndarray | None = None) -> np.ndarray:
    """Mean 0 and deviation 1 along the last axis; 0 where unknown (NaN): no evidence either way.

    With `scale`, (movies,) bool, mean and deviation are those of these columns.
    """
    known = ~np.isnan(values)
    counted = known if scale is None else known & scale
    count = np.maximum(counted.sum(axis=-1, keepdims=True), 1)
    mean = np.where(counted, values, 0.0).sum(axis=-1, keepdims=True) / count
    centred = np.where(known, values - mean, 0.0)
    square = np.where(counted, centred * centred, 0.0).sum(axis=-1, keepdims=True) / count
    return np.asarray(centred / np.where(square > 0, np.sqrt(square), 1.0))


@dataclass(frozen=True)
class Scale:
    """Mean and deviation of one part of the evidence."""

    mean: float
    deviation: float

    @classmethod
    def of(cls, values: np.ndarray) -> Scale:
        """That of these values, (n,), NaN left out."""
        known = values[~np.isnan(values)]
        if not len(known):
            return cls(0.0, 1.0)
        return cls(float(known.mean()), float(known.std()) or 1.0)

    def apply(self, values: np.ndarray) -> np.ndarray:
        """`standardised` on this scale."""
        return np.where(np.isnan(values), 0.0, (values - self.mean) / self.deviation)
