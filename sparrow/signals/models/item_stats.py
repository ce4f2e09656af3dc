"""What all ratings so far say of each movie, the same for every user."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sparrow.arrays import Int
from sparrow.features.folds import RECENT_DAYS
from sparrow.signals.values.signal_values import ItemValues
from sparrow.units import DAY, WEEK

PRIOR_COUNT = 25.0
"""Ratings at the overall mean that every movie starts with, so that one rating tops no list."""


@dataclass(frozen=True)
class ItemStats:
    """Statistics of each movie's ratings as of one moment, arrays (movies,)."""

    count: np.ndarray  # ratings
    mean: np.ndarray  # stars, NaN where unrated
    last_month: np.ndarray  # ratings in the last 30 days
    last_week: np.ndarray  # ratings in the last 7 days
    first_rated: np.ndarray  # seconds since 1970, NaN where unrated
    year: np.ndarray  # of release, NaN where unknown
    as_of: int  # seconds since 1970

    @classmethod
    def of(
        cls, item_index: Int, rating: np.ndarray, timestamp: Int, year: np.ndarray, as_of: int
    ) -> ItemStats:
        """From ratings (n,) that all lie before `as_of`; `year` (movies,)."""
        movies = len(year)
        count = np.bincount(item_index, minlength=movies)
        total = np.bincount(item_index, weights=rating, minlength=movies)
        first = np.full(movies, np.inf)
        np.minimum.at(first, item_index, timestamp)

        def since(seconds: int) -> np.ndarray:
            return np.bincount(item_index[timestamp >= as_of - seconds], minlength=movies)

        mean = np.divide(total, count, out=np.full(movies, np.nan), where=count > 0)
        first[np.isinf(first)] = np.nan
        return cls(count, mean, since(RECENT_DAYS * DAY), since(WEEK), first, year, as_of)

    @cached_property
    def overall_mean(self) -> float:
        """Mean of all ratings, stars; 0 without ratings."""
        return float(self._total.sum() / max(self.count.sum(), 1))

    @cached_property
    def typical_count(self) -> float:
        """Median number of ratings of the movies that are rated at all."""
        return float(np.median(self.count[self.count > 0])) if self.count.any() else 0.0

    @cached_property
    def newest_year(self) -> float:
        """The latest year of release; infinite where none is known."""
        return float(np.nanmax(self.year)) if not np.isnan(self.year).all() else np.inf

    @cached_property
    def bayesian_average(self) -> np.ndarray:
        """Mean rating drawn towards the mean of all ratings by `PRIOR_COUNT`: (movies,)."""
        total = self._total + PRIOR_COUNT * self.overall_mean
        return np.asarray(total / (self.count + PRIOR_COUNT))

    @cached_property
    def _total(self) -> np.ndarray:
        return np.where(self.count > 0, np.nan_to_num(self.mean) * self.count, 0.0)

    @cached_property
    def values(self) -> tuple[ItemValues, ...]:
        """The signals of `popularity.SIGNALS`, in their order."""
        age = np.maximum(self.as_of - self.first_rated, 0.0)
        raw = (
            np.log1p(self.count),
            np.log1p(self.last_month),
            np.log1p(self.last_week),
            -np.log1p(age / DAY),  # new in the catalogue first
            self.bayesian_average,
            self.year,
        )
        return tuple(ItemValues(values, _descending(values)) for values in raw)


def _descending(values: np.ndarray) -> Int:
    order: Int = np.argsort(-np.nan_to_num(values, nan=-np.inf), kind="stable")
    return order
