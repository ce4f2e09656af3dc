"""Metrics of predicted likes: ranking of the rows, and calibration of their probabilities."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from offline.metrics import classification
from offline.metrics.bootstrap import MetricInterval, bootstrap_users

NAMES = ("auc", "gauc", "pr_auc", "log_loss", "calibration_error", "rmse")


@dataclass(frozen=True)
class LikePredictions:
    """Rows of one split and what was predicted for them, as parallel arrays (rows,)."""

    user_id: np.ndarray
    label: np.ndarray  # 1 liked, 0 not
    score: np.ndarray  # probability of a like
    rating: np.ndarray  # stars given
    predicted_rating: np.ndarray | None = None  # stars, of models that predict ratings


def like_metrics(predictions: LikePredictions, seed: int, rounds: int) -> dict[str, MetricInterval]:
    """NAMES with intervals from `rounds` draws of whole users.

    `rmse` only where ratings are predicted. With no rounds the intervals are empty.
    """
    p = predictions
    measures: dict[str, Callable[[np.ndarray], float]] = {
        "auc": lambda rows: classification.auc(p.label[rows], p.score[rows]),
        "gauc": lambda rows: classification.gauc(p.user_id[rows], p.label[rows], p.score[rows]),
        "pr_auc": lambda rows: classification.pr_auc(p.label[rows], p.score[rows]),
        "log_loss": lambda rows: classification.binary_log_loss(p.label[rows], p.score[rows]),
        "calibration_error": lambda rows: classification.calibration_error(
            p.label[rows], p.score[rows]
        ),
    }
    if (predicted := p.predicted_rating) is not None:
        measures["rmse"] = lambda rows: _rmse(p.rating[rows], predicted[rows])
    return {
        name: bootstrap_users(p.user_id, measure, seed, rounds)
        for name, measure in measures.items()
    }


def _rmse(rating: np.ndarray, predicted: np.ndarray) -> float:
    return math.sqrt(float(np.mean((rating - predicted) ** 2)))
