from __future__ import annotations

import numpy as np
import pytest

from offline.metrics.bootstrap import (
    MetricInterval,
    bootstrap_mean,
    bootstrap_users,
    mean_over_seeds,
)


def test_bootstrap_is_about_two_standard_errors_wide() -> None:
    values = np.random.default_rng(0).normal(3.0, 2.0, 400)
    figure = bootstrap_mean(values, seed=1)
    error = 1.96 * values.std() / 20
    assert figure.value == values.mean()
    assert figure.high - figure.value == pytest.approx(error, rel=0.15)
    assert figure.value - figure.low == pytest.approx(error, rel=0.15)
    assert figure == bootstrap_mean(values, seed=1)


def test_the_bootstrap_of_several_runs_draws_runs_too() -> None:
    users = np.random.default_rng(0).normal(size=400)
    alike = bootstrap_mean(np.stack([users, users]), seed=1)
    assert alike.high - alike.low == pytest.approx(2 * 1.96 / 20, rel=0.15)
    apart = bootstrap_mean(np.stack([users + 1.0, users - 1.0]), seed=1)
    assert apart.value == pytest.approx(users.mean())
    assert apart.high - apart.low > 1.9


def test_a_difference_has_its_sign_and_its_whole_interval() -> None:
    assert MetricInterval(-0.01, -0.02, 0.001).signed() == "-0.0100 (-0.0200 to +0.0010)"
    assert bootstrap_mean(np.empty(0), seed=1).signed() == "–"


def test_users_are_drawn_whole() -> None:
    # 50 users of 40 equal rows each: drawing rows would give an interval six times too narrow
    value = np.random.default_rng(0).normal(size=50)
    user = np.repeat(np.arange(50), 40)
    rows = np.repeat(value, 40)
    figure = bootstrap_users(user, lambda chosen: float(rows[chosen].mean()), seed=1)
    assert figure.value == pytest.approx(value.mean())
    assert figure.high - figure.low == pytest.approx(2 * 1.96 * value.std() / 50**0.5, rel=0.3)


def test_interval_over_seeds_is_students() -> None:
    figure = mean_over_seeds([0.76, 0.77, 0.78])
    assert figure.value == pytest.approx(0.77)
    assert figure.high - figure.value == pytest.approx(4.3027 * 0.01 / 3**0.5, rel=1e-3)
    assert str(figure) == "0.7700 ± 0.0248"


def test_nothing_to_measure_is_a_dash() -> None:
    assert str(bootstrap_mean(np.empty(0), seed=1)) == "–"
    assert mean_over_seeds([0.5]).high == 0.5
