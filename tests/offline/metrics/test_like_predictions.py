from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score, root_mean_squared_error

from offline.metrics.like_predictions import NAMES, LikePredictions, like_metrics


def predictions() -> LikePredictions:
    random = np.random.default_rng(4)
    label = random.integers(0, 2, 400)
    score = np.clip(0.3 * label + random.random(400) * 0.7, 0, 1)
    user, stars = random.integers(0, 40, 400), 1 + 4 * score
    return LikePredictions(user, label, score, np.where(label, 5.0, 2.0), stars)


def test_figures_are_scikit_learns_and_lie_within_their_intervals() -> None:
    p = predictions()
    found = like_metrics(p, seed=1, rounds=50)
    assert tuple(found) == NAMES
    assert found["auc"].value == pytest.approx(roc_auc_score(p.label, p.score))
    assert found["log_loss"].value == pytest.approx(log_loss(p.label, p.score))
    rmse = root_mean_squared_error(p.rating, p.predicted_rating)
    assert found["rmse"].value == pytest.approx(rmse)
    for name in ("auc", "gauc", "pr_auc", "log_loss", "rmse"):
        assert found[name].low < found[name].value < found[name].high


def test_who_foresees_no_stars_has_no_rmse() -> None:
    p = predictions()
    found = like_metrics(LikePredictions(p.user_id, p.label, p.score, p.rating), seed=1, rounds=0)
    assert "rmse" not in found
    assert np.isnan(found["auc"].low)


def test_an_oracle_gets_the_best_of_every_figure() -> None:
    p = predictions()
    sure = LikePredictions(p.user_id, p.label, p.label.astype(float), p.rating, p.rating)
    found = {name: figure.value for name, figure in like_metrics(sure, 1, 0).items()}
    best = {"auc": 1, "gauc": 1, "pr_auc": 1, "log_loss": 0, "calibration_error": 0, "rmse": 0}
    assert found == pytest.approx(best, abs=1e-9)
