"""Rating predictor of a release: factors of all ratings, noise fitted on validation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds

from offline.factorisation.biased_mf import MatrixFactorConfig, RatingTriples, fit_matrix_factors
from offline.factorisation.matrix_factors import MatrixFactors
from offline.samples.splits import SPLITS
from sparrow.features.declarations import PADDING
from sparrow.signals.models.rating_predictor import RatingPredictor

RATING = ["user_id", "movie_id", "rating"]
MAX_ROWS = 5_000  # of a split that are predicted
INTERVAL = 1.2816
"""Deviations to either side that hold 80 % of a normal distribution."""


def fit_rating_predictor(samples: Path, seed: int) -> RatingPredictor:
    """The predictor that servers use, from the samples step's folder: factors of all ratings.

    Its noise is that of `fit_on_train`.
    """
    parts = [samples / part for part in SPLITS]
    table = pa.concat_tables(ds.dataset(part).to_table(columns=RATING) for part in parts)
    ratings = RatingTriples(*(table[name].to_numpy() for name in RATING))
    factors = fit_matrix_factors(ratings, replace(MatrixFactorConfig(), folds=0), seed)
    return _table(factors, ratings.movie_ids, fit_on_train(samples).noise)


def fit_on_train(samples: Path) -> RatingPredictor:
    """A predictor from the factors of the train split, to be measured on the other splits.

    Its noise is scaled on the validation split: squared errors in units of the predicted
    deviation have mean 1.
    """
    rated = ds.dataset(samples / "train").to_table(columns=["movie_id"])["movie_id"].to_numpy()
    table = _table(MatrixFactors.load(samples / "factors.npz"), rated, noise=1.0)
    error, deviation = prediction_errors(table, samples / "validation")
    spread = float(np.sqrt(np.mean((error / deviation) ** 2))) if len(error) else 1.0
    return replace(table, noise=spread)


def _table(factors: MatrixFactors, rated: np.ndarray, noise: float) -> RatingPredictor:
    places = np.searchsorted(factors.movie_ids, rated)
    return RatingPredictor(
        factors.movie_ids,
        factors.vectors[0],
        factors.biases[0],
        np.bincount(places, minlength=len(factors.movie_ids)),
        float(factors.means[0]),
        factors.ridge,
        factors.shrinkage,
        noise,
    )


def prediction_errors(table: RatingPredictor, part: Path) -> tuple[np.ndarray, np.ndarray]:
    """Error and predicted deviation of the first rows of a split that have a prediction."""
    columns = ["movie_id", "rating", "user_recent_movies", "user_recent_ratings"]
    rows = ds.dataset(part).head(MAX_ROWS, columns=columns)
    found = [_error(table, row) for row in rows.to_pylist()]
    predicted = np.array([pair for pair in found if not np.isnan(pair[0])]).reshape(-1, 2)
    return predicted[:, 0], predicted[:, 1]


def _error(table: RatingPredictor, row: dict[str, Any]) -> tuple[float, float]:
    movies, ratings = (np.array(row[f"user_recent_{name}"]) for name in ("movies", "ratings"))
    past = (movies != PADDING) & ~np.isnan(ratings)
    predicted = table.predict(movies[past], ratings[past], np.array([row["movie_id"]]))
    return float(row["rating"] - predicted.stars[0]), float(predicted.deviation[0])


def rating_metrics(table: RatingPredictor, part: Path) -> dict[str, float]:
    """Metrics of the predicted ratings of a split.

    `rmse`: in stars; `inside_80`: share of ratings within the interval that should hold 80 % of
    them; `predicted`: number of rows with a prediction.
    """
    error, deviation = prediction_errors(table, part)
    if not len(error):
        return {"rmse": float("nan"), "inside_80": float("nan"), "predicted": 0.0}
    return {
        "rmse": float(np.sqrt(np.mean(error**2))),
        "inside_80": float(np.mean(np.abs(error) <= INTERVAL * deviation)),
        "predicted": float(len(error)),
    }
