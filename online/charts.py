"""Orders of the catalogue that are the same for everybody, made once a release."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from online.types import ChartName
from sparrow.events import Int
from sparrow.evidence import MovieFigures, shrunk_mean

GEM_VOTES = 3
GEM_POPULARITY = 0.3
"""A hidden gem has at least so many votes, yet this share of rated movies has more."""

ARRIVED = 30 * 24 * 3600
"""Seconds after its first rating for which a movie is new in the catalogue."""


def make_charts(figures: MovieFigures) -> Mapping[ChartName, Int]:
    """Positions per chart, best first; ties go by votes, then by movie id."""
    count, quality = figures.count, shrunk_mean(figures.count, figures.mean)
    rated = count > 0
    dated = ~np.isnan(figures.year)
    return {
        "popular": _order(count),
        "trending": _order(figures.last_month, count, only=figures.last_month > 0),
        "latest": _order(figures.year, count, only=dated),
        "top-rated": _order(quality, count, only=rated),
        "hidden-gems": _order(quality, count, only=_little_known(count)),
    }


def arrivals(figures: MovieFigures, as_of: int) -> Int:
    """Positions of the movies that are new in the catalogue at `as_of`, the newest first."""
    return _order(figures.first_rated, only=figures.first_rated > as_of - ARRIVED)


def _little_known(count: np.ndarray) -> np.ndarray:
    rated = count > 0
    if not rated.any():
        return rated
    bar = np.quantile(count[rated], 1 - GEM_POPULARITY)
    known: np.ndarray = (count >= min(GEM_VOTES, bar)) & (count <= bar)
    return known


def _order(*keys: np.ndarray, only: np.ndarray | None = None) -> Int:
    """Positions by the first key, then the next, each descending, then by position."""
    order: Int = np.lexsort([-np.nan_to_num(key) for key in reversed(keys)])
    return order if only is None else order[only[order]]
