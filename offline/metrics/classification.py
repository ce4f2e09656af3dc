"""Classification metrics: `label` is 0 or 1, `score` the predicted probability of 1."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score

CALIBRATION_BINS = 15


def auc(label: np.ndarray, score: np.ndarray) -> float:
    """Probability that a random like outscores a random dislike; NaN where one is missing."""
    return float(roc_auc_score(label, score)) if _both_classes(label) else math.nan


def pr_auc(label: np.ndarray, score: np.ndarray) -> float:
    """Average precision over all recalls; NaN without both classes."""
    return float(average_precision_score(label, score)) if _both_classes(label) else math.nan


def binary_log_loss(label: np.ndarray, score: np.ndarray) -> float:
    """Mean negative log likelihood in nats."""
    return float(log_loss(label, score.astype(np.float64), labels=[0, 1]))


def gauc(user_id: np.ndarray, label: np.ndarray, score: np.ndarray) -> float:
    """AUC within each user, averaged by their number of rows; NaN if nobody has both classes.

    Users with one class only are left out: nothing can be ranked wrongly there. Zhu et al.,
    Optimized Cost per Click in Taobao Display Advertising (2017), arXiv:1703.02091.
    """
    rows = pd.DataFrame({"user": user_id, "label": label > 0, "score": score})
    rows["rank"] = rows.groupby("user")["score"].rank()  # ties share their mean rank
    rows["like_rank"] = rows["rank"].where(rows["label"], 0.0)
    users = rows.groupby("user").agg(
        count=("label", "size"), likes=("label", "sum"), rank_sum=("like_rank", "sum")
    )
    users = users[(users["likes"] > 0) & (users["likes"] < users["count"])]
    if users.empty:
        return math.nan
    pairs = users["likes"] * (users["count"] - users["likes"])
    won = users["rank_sum"] - users["likes"] * (users["likes"] + 1) / 2
    return float(np.average(won / pairs, weights=users["count"]))


def calibration_error(label: np.ndarray, score: np.ndarray) -> float:
    """Expected calibration error: mean distance of promised and observed share of likes.

    Over bins of equal width, weighted by rows. Naeini et al., Obtaining Well Calibrated
    Probabilities Using Bayesian Binning (2015).
    """
    bins = np.minimum((score * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)
    promised = np.bincount(bins, weights=score, minlength=CALIBRATION_BINS)
    observed = np.bincount(bins, weights=label, minlength=CALIBRATION_BINS)
    return float(np.abs(promised - observed).sum() / len(label))


def _both_classes(label: np.ndarray) -> bool:
    return bool(np.any(label > 0) and np.any(label <= 0))
