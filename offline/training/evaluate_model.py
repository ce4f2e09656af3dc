"""Figures of an exported model on a part of the samples, beside what simple rules reach there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
from sklearn.linear_model import LogisticRegression

from offline.metrics import classification
from offline.samples.sample_files import Samples
from offline.saved_model.scoring import score_rows

RATES = ["user_like_rate", "movie_like_rate"]


def evaluate_model(saved_model: Path, samples: Path, part: str = "test") -> dict[str, float]:
    """Figures of the SavedModel itself, as it will serve, on `part`.

    `auc`, `pr_auc`, `log_loss`, `gauc`, `calibration_error`, `rows`; and as anchors on the same
    rows `baseline_movie_auc` (the movie's share of likes alone) and `baseline_rates_auc` (logistic
    regression on the user's and the movie's share of likes, fitted on train). A figure is NaN
    where it has no meaning. Raises DataError or ReleaseError when a folder lacks what it must hold.
    """
    opened = Samples.open(samples)
    facts = _columns(opened, part, ["user_id", "label", *RATES])
    label = facts["label"]
    score = np.concatenate(list(score_rows(saved_model, opened.batches(part))))
    return {
        "auc": classification.auc(label, score),
        "pr_auc": classification.pr_auc(label, score),
        "log_loss": classification.binary_log_loss(label, score),
        "gauc": classification.gauc(facts["user_id"], label, score),
        "calibration_error": classification.calibration_error(label, score),
        "rows": float(len(label)),
        "baseline_movie_auc": classification.auc(label, facts["movie_like_rate"]),
        "baseline_rates_auc": classification.auc(label, _rates_regression(opened, facts)),
    }


def _rates_regression(samples: Samples, facts: dict[str, np.ndarray]) -> np.ndarray:
    """Probability of a like by the two shares of likes alone."""
    train = _columns(samples, "train", ["label", *RATES])
    if len(np.unique(train["label"])) < 2:
        return np.full(len(facts["label"]), train["label"][0])
    model = LogisticRegression().fit(_matrix(train), train["label"])
    return np.asarray(model.predict_proba(_matrix(facts))[:, 1])


def _matrix(columns: dict[str, np.ndarray]) -> np.ndarray:
    return np.column_stack([columns[name] for name in RATES])


def _columns(samples: Samples, part: str, names: list[str]) -> dict[str, np.ndarray]:
    table = pa.Table.from_batches(samples.batches(part, names))
    return {name: table[name].to_numpy() for name in names}
