"""Predicted ratings of a user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from online.users.user_state import UserState
from sparrow.signals.models.rating_predictor import RatingPredictor

WORST, BEST = 0.5, 5.0  # stars
INTERVAL = 1.2816
"""Standard deviations to either side that contain 80 % of a normal distribution."""


@dataclass(frozen=True)
class PredictedRating:
    """A predicted rating and its 80 % interval, 0.5 … 5."""

    rating: float
    low: float
    high: float


def predict_ratings(
    predictor: RatingPredictor, user: UserState, movie_ids: Sequence[int]
) -> list[PredictedRating | None]:
    """One for each movie; None where the user or the movie has too few ratings."""
    history, ids = user.history, np.array(movie_ids, dtype=np.int64)
    found = predictor.predict(history["movie_id"], history["rating"], ids)
    return [
        None if np.isnan(mean) else _within(float(mean), float(deviation))
        for mean, deviation in zip(found.stars, found.deviation, strict=True)
    ]


def _within(mean: float, deviation: float) -> PredictedRating:
    wide = INTERVAL * deviation
    mean, low, high = (min(max(s, WORST), BEST) for s in (mean, mean - wide, mean + wide))
    return PredictedRating(mean, low, high)
