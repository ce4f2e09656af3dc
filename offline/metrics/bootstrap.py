"""Means with 95 % confidence intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

LEVEL = 0.95
ROUNDS = 1_000  # of the bootstrap


@dataclass(frozen=True)
class MetricInterval:
    """A measured value; `low` and `high` bound what it would have been on other data or seeds."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        if not np.isfinite(self.value):
            return "–"
        return f"{self.value:.4f} ± {max(self.high - self.value, self.value - self.low):.4f}"

    def signed(self) -> str:
        """As a difference: its sign, and the whole interval."""
        if not np.isfinite(self.value):
            return "–"
        return f"{self.value:+.4f} ({self.low:+.4f} to {self.high:+.4f})"


def point_estimate(value: float) -> MetricInterval:
    """A value with an empty interval."""
    return MetricInterval(value, value, value)


def bootstrap_mean(values: np.ndarray, seed: int, rounds: int = ROUNDS) -> MetricInterval:
    """Mean of independent values (users) or (runs, users), with the interval of `rounds` resamples.

    Percentiles of means of users, and of runs, drawn with replacement: Efron, Bootstrap Methods:
    Another Look at the Jackknife (1979). Given each user's difference of two recommenders, it is
    the paired interval. NaN without values.
    """
    if not values.size:
        return MetricInterval(float("nan"), float("nan"), float("nan"))
    table = np.atleast_2d(values)
    runs, users = table.shape
    random = np.random.default_rng(seed)
    means = []
    for _ in range(rounds):
        drawn = table[random.integers(runs, size=runs)].mean(axis=0) if runs > 1 else table[0]
        means.append(random.choice(drawn, users).mean())
    return _percentiles(float(table.mean()), means)


def bootstrap_users(
    user_id: np.ndarray, measure: Callable[[np.ndarray], float], seed: int, rounds: int = 200
) -> MetricInterval:
    """`measure(rows)` over all rows, with the interval from drawing whole users with replacement.

    A user's rows depend on one another, so drawing rows would promise too narrow an interval.
    """
    _, row, count = np.unique(user_id, return_inverse=True, return_counts=True)
    by_user = np.split(np.argsort(row, kind="stable"), np.cumsum(count)[:-1])
    random = np.random.default_rng(seed)
    drawn = (random.integers(len(by_user), size=len(by_user)) for _ in range(rounds))
    found = [measure(np.concatenate([by_user[u] for u in users])) for users in drawn]
    return _percentiles(measure(np.arange(len(user_id))), found)


def mean_over_seeds(values: Sequence[float]) -> MetricInterval:
    """Mean over seeds with Student's t interval, which is empty for one run alone."""
    mean = float(np.mean(values))
    if len(values) < 2:
        return MetricInterval(mean, mean, mean)
    error = float(np.std(values, ddof=1)) / np.sqrt(len(values))
    half = float(stats.t.ppf((1 + LEVEL) / 2, len(values) - 1)) * error
    return MetricInterval(mean, mean - half, mean + half)


def _percentiles(value: float, found: Sequence[float]) -> MetricInterval:
    known = np.asarray(found)[np.isfinite(found)]
    if not len(known):
        return MetricInterval(value, float("nan"), float("nan"))
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return MetricInterval(value, float(low), float(high))
