"""The star table of a release: factors from the training part, noise from the validation part."""

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
MAX_ROWS = 5_000  # of a part that are asked
INTERVAL = 1.2816
"""Deviations to either side that hold 80 % of a normal distribution."""


def fit_rating_predictor(samples: Path, seed: int) -> RatingPredictor:
    """What servers expect stars by, from the folder of the samples step: factors of all ratings.

    The noise is that of `fit_on_train`, which knows the training part alone.
    """
    parts = [samples / part for part in SPLITS]
    table = pa.concat_tables(ds.dataset(part).to_table(columns=RATING) for part in parts)
    ratings = RatingTriples(*(table[name].to_numpy() for name in RATING))
    factors = fit_matrix_factors(ratings, replace(MatrixFactorConfig(), folds=0), seed)
    return _table(factors, ratings.movie_ids, fit_on_train(samples).noise)


def fit_on_train(samples: Path) -> RatingPredictor:
    """The table of the training part's factors, which other parts can judge.

    Its noise makes the deviations right on the validation part: the squares of the errors, each in
    units of its deviation, are 1 in the mean.
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
    """Error and foretold deviation of the first rows of a part, where anything is foretold."""
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
    """How good the expectations of a part are.

    `rmse`: in stars; `inside_80`: share of ratings within the interval that should hold 80 % of
    them; `predicted`: rows about which anything was foretold.
    """
    error, deviation = prediction_errors(table, part)
    if not len(error):
        return {"rmse": float("nan"), "inside_80": float("nan"), "predicted": 0.0}
    return {
        "rmse": float(np.sqrt(np.mean(error**2))),
        "inside_80": float(np.mean(np.abs(error) <= INTERVAL * deviation)),
        "predicted": float(len(error)),
    }
