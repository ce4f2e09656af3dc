"""Orders of the catalogue that are the same for everybody, made once a release."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from online.types import ChartName
from sparrow.arrays import Int
from sparrow.signals.models.item_stats import ItemStats
from sparrow.units import DAY

GEM_MIN_RATINGS = 3
GEM_POPULARITY_SHARE = 0.3
"""A hidden gem has at least so many votes, yet this share of rated movies has more."""

NEW_ARRIVAL_SECONDS = 30 * DAY
"""Seconds after its first rating for which a movie is new in the catalogue."""


def build_charts(stats: ItemStats) -> Mapping[ChartName, Int]:
    """Positions per chart, best first; ties go by votes, then by movie id."""
    count, quality = stats.count, stats.bayesian_average
    rated = count > 0
    dated = ~np.isnan(stats.year)
    return {
        "popular": _order(count),
        "trending": _order(stats.last_month, count, only=stats.last_month > 0),
        "latest": _order(stats.year, count, only=dated),
        "top-rated": _order(quality, count, only=rated),
        "hidden-gems": _order(quality, count, only=_is_little_known(count)),
    }


def new_arrivals(stats: ItemStats) -> Int:
    """Positions of the movies that are new in the catalogue, the newest first."""
    return _order(stats.first_rated, only=stats.first_rated > stats.as_of - NEW_ARRIVAL_SECONDS)


def _is_little_known(count: np.ndarray) -> np.ndarray:
    rated = count > 0
    if not rated.any():
        return rated
    bar = np.quantile(count[rated], 1 - GEM_POPULARITY_SHARE)
    known: np.ndarray = (count >= min(GEM_MIN_RATINGS, bar)) & (count <= bar)
    return known


def _order(*keys: np.ndarray, only: np.ndarray | None = None) -> Int:
    """Positions by the first key, then the next, each descending, then by position."""
    order: Int = np.lexsort([-np.nan_to_num(key) for key in reversed(keys)])
    return order if only is None else order[only[order]]
