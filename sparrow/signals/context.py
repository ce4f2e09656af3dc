"""The context of a query: who asks, when, and how much is known of them."""

from __future__ import annotations

import numpy as np

from sparrow.folds import DAY
from sparrow.signals.registry import UserSignals

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
    "completeness",  # how much less the best candidates fit than the movies of the history
    "share_unseen",  # of what fits at least as well as the middle of the history, what is unseen
    "hour_sin",
    "hour_cos",
    "weekend",
    "points_given",  # 1 for a newcomer who gave points to tastes
    "has_no_history",
)
_FEW = 5


def context_features(signals: UserSignals, candidates: np.ndarray) -> np.ndarray:
    """(len(CONTEXT),) float32, 0 where nothing is known; `candidates` are the pool's item_index."""
    fitted, history = signals.fitted, signals.history
    hour = history.at / 3600 % 24 / 24 * 2 * np.pi
    weekday = (history.at // DAY + 3) % 7
    timed = [np.sin(hour), np.cos(hour), float(weekday >= 5)]
    points = float(history.taste_points.any())
    if not len(history):
        return np.array([0.0] * 13 + [*timed, points, 1.0], dtype=np.float32)
    age = np.maximum(history.at - history.timestamp, 0)
    rating = history.rating[~np.isnan(history.rating)]
    popularity = fitted.stats.values[0].values[history.item_index]
    year = fitted.facts.year[history.item_index]
    year = (year[~np.isnan(year)] - 1990) / 10
    known = [
        np.log1p(len(history)),
        np.log1p(age[-1]),
        np.log1p(np.count_nonzero(age < 3600)),
        np.log1p(np.count_nonzero(age < DAY)),
        rating.mean() if len(rating) else 0.0,
        rating.std() if len(rating) else 0.0,
        _entropy(fitted.facts.mean_genres[history.item_index].sum(axis=0)),
        popularity.mean(),
        popularity[-_FEW:].mean(),
        year.mean() if len(year) else 0.0,
        year.std() if len(year) else 0.0,
        *_completeness(signals, candidates),
    ]
    return np.nan_to_num(np.array([*known, *timed, points, 0.0], dtype=np.float32))


def _entropy(weights: np.ndarray) -> float:
    share = weights[weights > 0] / max(weights.sum(), 1e-9)
    return float(-(share * np.log(share)).sum())


def _completeness(signals: UserSignals, candidates: np.ndarray) -> tuple[float, float]:
    """How much better the history fits than the best candidates, and the share of these that fit.

    The difference is that of mean EASE scores of the history and of as many of the best candidates;
    EASE never counts a movie for itself, so both are predictions. Where a log lacks much of what
    the user watched, the best candidates fit as well as the history does.
    """
    ease = signals.values[0]
    own, others = (ease.at(items) for items in (signals.history.item_index, candidates))
    own, others = own[~np.isnan(own)], others[~np.isnan(others)]
    if not len(own) or not len(others):
        return 0.0, 0.0
    best = np.sort(others)[::-1][: len(own)]
    fitting = np.count_nonzero(others >= np.median(own))
    return float(own.mean() - best.mean()), fitting / (fitting + len(own) / 2)
