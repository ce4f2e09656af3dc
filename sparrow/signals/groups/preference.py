"""How a movie's genres, year and content match what the user rated or said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sparrow.signals.values.liked_items import liked_items, mean_pooled
from sparrow.signals.values.signal import Signal
from sparrow.signals.values.signal_values import DistanceValues, NoValues, PairValues, SignalValues

if TYPE_CHECKING:
    from sparrow.signals.models.fitted_signals import FittedSignals
    from sparrow.signals.values.history import History

SIGNALS = (
    Signal("genre_taste", "Mean over the movie's genres of the user's taste in them."),
    Signal("genre_share_recent", "Share of its genres in the last five movies."),
    Signal("genre_share", "Share of its genres in the history."),
    Signal("year_distance", "Years from the mean release year of the history."),
    Signal("year_distance_recent", "Years from that of the last five movies."),
    Signal("content", "Cosine with the mean content of the last likes.", head=30),
    Signal("taste_points", "Share of a newcomer's points for tastes that the movie belongs to."),
)
_RECENT_EVENTS = 5
LIKES = 20
_SHRINKAGE = 5.0  # ratings at the user's mean that every genre starts with


def compute(fitted: FittedSignals, history: History) -> Sequence[SignalValues]:
    """In the order of `SIGNALS`."""
    points = _points(fitted, history)
    if not len(history):
        return [*[NoValues()] * (len(SIGNALS) - 1), points]
    genres, items = fitted.metadata.mean_genres, history.item_index
    own = fitted.metadata.genres[items]  # (events, genres)
    year = fitted.metadata.year[items]
    liked = liked_items(history, fitted.like_threshold)
    return [
        PairValues(genres, genre_taste(own, history.rating)),
        PairValues(genres, own[-_RECENT_EVENTS:].mean(axis=0)),
        PairValues(genres, own.mean(axis=0)),
        DistanceValues(fitted.metadata.year, _mean(year)),
        DistanceValues(fitted.metadata.year, _mean(year[-_RECENT_EVENTS:])),
        mean_pooled(fitted.metadata.content, liked[-LIKES:]),
        points,
    ]


def genre_taste(genres: np.ndarray, rating: np.ndarray) -> np.ndarray:
    """(genres,) shrunk mean of the ratings of each genre's movies above the user's own mean.

    `genres` (events, genres) 0 or 1, `rating` (events,) NaN where unknown.
    """
    known = ~np.isnan(rating)
    if not known.any():
        return np.zeros(genres.shape[1], dtype=np.float32)
    centred = rating[known] - rating[known].mean()
    found: np.ndarray = centred @ genres[known] / (genres[known].sum(axis=0) + _SHRINKAGE)
    return found


def _points(fitted: FittedSignals, history: History) -> SignalValues:
    if fitted.tastes is None or not history.taste_points.any():
        return NoValues()
    return PairValues(fitted.tastes.affinity.T, history.taste_points)


def _mean(year: np.ndarray) -> float:
    known = year[~np.isnan(year)]
    return float(known.mean()) if len(known) else float("nan")
