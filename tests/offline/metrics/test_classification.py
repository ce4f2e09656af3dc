from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from offline.metrics import classification


def test_auc_counts_the_pairs_in_the_right_order() -> None:
    # likes .9 and .4 against dislikes .5 and .1: three of four pairs are right
    assert classification.auc(np.array([1, 1, 0, 0]), np.array([0.9, 0.4, 0.5, 0.1])) == 0.75


def test_pr_auc_by_hand() -> None:
    # ranks 1 and 3 are likes: precision 1/1 at recall 1/2, 2/3 at recall 1
    value = classification.pr_auc(np.array([1, 0, 1]), np.array([0.9, 0.8, 0.7]))
    assert value == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)


def test_log_loss_by_hand_also_with_one_class() -> None:
    assert classification.binary_log_loss(np.array([1, 0]), np.array([0.8, 0.4])) == pytest.approx(
        -(math.log(0.8) + math.log(0.6)) / 2
    )
    assert classification.binary_log_loss(np.array([1]), np.array([0.5])) == pytest.approx(
        math.log(2)
    )


@pytest.mark.parametrize("metric", [classification.auc, classification.pr_auc])
def test_ranking_of_one_class_has_no_figure(metric) -> None:
    assert math.isnan(metric(np.array([1, 1]), np.array([0.2, 0.3])))


def test_gauc_by_hand() -> None:
    user = np.array([1, 1, 2, 2, 2, 3, 3])
    label = np.array([1, 0, 1, 0, 0, 1, 1])  # user 3 has no dislike and does not count
    score = np.array([0.2, 0.9, 0.5, 0.5, 0.1, 0.3, 0.4])
    # user 1: 0 of 1 pairs; user 2: one tie and one right of 2; weighted by 2 and 3 rows
    assert classification.gauc(user, label, score) == pytest.approx((2 * 0.0 + 3 * 0.75) / 5)


def test_gauc_is_the_weighted_mean_of_scikit_learns_auc() -> None:
    random = np.random.default_rng(0)
    user, label = random.integers(0, 30, 500), random.integers(0, 2, 500)
    score = np.round(random.random(500), 1)  # with many ties
    chosen = [u for u in range(30) if 0 < label[user == u].mean() < 1]
    each = [roc_auc_score(label[user == u], score[user == u]) for u in chosen]
    expected = np.average(each, weights=[(user == u).sum() for u in chosen])
    assert classification.gauc(user, label, score) == pytest.approx(expected)


def test_gauc_without_a_user_of_both_classes() -> None:
    assert math.isnan(classification.gauc(np.array([1, 2]), np.array([1, 0]), np.array([0.1, 0.2])))


def test_calibration_error_by_hand() -> None:
    # four promises of 0.75 kept half the time, and a certain one kept
    label, score = np.array([1, 1, 0, 0, 1]), np.array([0.75, 0.75, 0.75, 0.75, 1.0])
    assert classification.calibration_error(label, score) == pytest.approx(4 / 5 * 0.25)
