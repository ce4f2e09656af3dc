"""Evidence that a viewer will watch a movie at all, apart from what a ranking model says.

Each part is brought to mean 0 and deviation 1 over the catalogue, so that one set of weights serves
every viewer. Servers, and the backtest that chooses the weights, call these same functions.
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

CROWD = ("popularity", "month", "week", "newness", "quality", "year")
PERSONAL = ("taste", "co_rated", "co_rated_lately")
PARTS = (*PERSONAL, *CROWD)


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
    return {
        "popularity": standardised(np.log1p(figures.count)),
        "month": standardised(np.log1p(figures.last_month)),
        "week": standardised(np.log1p(figures.last_week)),
        "newness": standardised(-np.log1p((as_of - figures.first_rated) / WEEK)),
        "quality": standardised(shrunk_mean(figures.count, figures.mean)),
        "year": standardised(figures.year),
    }


def recency(events: int) -> np.ndarray:
    """Weights of a history of so many events, the oldest first: 1 for the newest, halving back."""
    return np.asarray(0.5 ** (np.arange(events)[::-1] / HALF_LIFE))


def standardised(values: np.ndarray) -> np.ndarray:
    """Mean 0 and deviation 1 along the last axis; 0 where unknown (NaN): no evidence either way."""
    known = ~np.isnan(values)
    count = np.maximum(known.sum(axis=-1, keepdims=True), 1)
    centred = np.where(known, values, 0.0)
    mean = centred.sum(axis=-1, keepdims=True) / count
    centred = np.where(known, values - mean, 0.0)
    deviation = np.sqrt((centred * centred).sum(axis=-1, keepdims=True) / count)
    return np.asarray(centred / np.where(deviation > 0, deviation, 1.0))
