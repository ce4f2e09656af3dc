"""The context of a query: who asks, when, and how much is known of them."""

from __future__ import annotations

import numpy as np

from sparrow.signals.models.fitted_signals import FittedSignals
from sparrow.signals.values.history import History
from sparrow.units import DAY, HOUR, weekday_of

CONTEXT = (
    "log_events",  # log(1 + ratings and choices known)
    "log_seconds_inactive",  # log(1 + seconds since the last event)
    "log_events_hour",  # log(1 + events of the last hour)
    "log_events_day",  # log(1 + events of the last day)
    "rating_mean",
    "rating_deviation",
    "genre_breadth",  # entropy of the genres of the history, nats
    "popularity_mean",  # mean log(1 + ratings) of the history's movies
    "popularity_recent",  # of its last five
    "year_mean",  # decades from 1990
    "year_deviation",  # decades
    "hour_sin",
    "hour_cos",
    "weekend",
    "points_given",  # 1 for a newcomer who gave points to tastes
    "has_no_history",
)
_RECENT_EVENTS = 5


GATE_CONTEXT = (
    "log_events",
    "log_seconds_inactive",
    "log_events_hour",
    "log_events_day",
    "points_given",
    "has_no_history",
)
"""The context that decides how much each signal counts: what tells situations apart, no taste."""


def context_features(fitted: FittedSignals, history: History) -> np.ndarray:
    """(len(CONTEXT),) float32, 0 where nothing is known."""
    hour = history.at % DAY / DAY * 2 * np.pi
    timed = [np.sin(hour), np.cos(hour), float(weekday_of(history.at) >= 5)]
    points = float(history.taste_points.any())
    if not len(history):
        return np.array([0.0] * 11 + [*timed, points, 1.0], dtype=np.float32)
    age = np.maximum(history.at - history.timestamp, 0)
    rating = history.rating[~np.isnan(history.rating)]
    popularity = fitted.stats.values[0].values[history.item_index]
    year = fitted.metadata.year[history.item_index]
    year = (year[~np.isnan(year)] - 1990) / 10
    known = [
        np.log1p(len(history)),
        np.log1p(age[-1]),
        np.log1p(np.count_nonzero(age < HOUR)),
        np.log1p(np.count_nonzero(age < DAY)),
        rating.mean() if len(rating) else 0.0,
        rating.std() if len(rating) else 0.0,
        _entropy(fitted.metadata.mean_genres[history.item_index].sum(axis=0)),
        popularity.mean(),
        popularity[-_RECENT_EVENTS:].mean(),
        year.mean() if len(year) else 0.0,
        year.std() if len(year) else 0.0,
    ]
    return np.nan_to_num(np.array([*known, *timed, points, 0.0], dtype=np.float32))


def _entropy(weights: np.ndarray) -> float:
    share = weights[weights > 0] / max(weights.sum(), 1e-9)
    return float(-(share * np.log(share)).sum())
