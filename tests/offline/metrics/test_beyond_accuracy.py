from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from offline.metrics.beyond_accuracy import CatalogueStats, beyond_accuracy_metrics

MOVIES = pd.DataFrame(
    {
        "movie_id": [4, 1, 2, 3],
        "genres": [[], ["Comedy"], ["Comedy", "Drama"], ["Drama"]],
    }
)
TRAIN = pd.DataFrame({"user_id": [*range(8), 0, 1], "movie_id": [1] * 8 + [2] * 2})


def catalogue_stats() -> CatalogueStats:
    return CatalogueStats.of(MOVIES, TRAIN)


def shown(*lists: list[int]) -> pd.DataFrame:
    rows = [(u, m, r) for u, movies in enumerate(lists) for r, m in enumerate(movies, 1)]
    return pd.DataFrame(rows, columns=["user_id", "movie_id", "rank"])


def test_by_hand() -> None:
    found = beyond_accuracy_metrics(shown([1, 2], [1, 3]), catalogue_stats(), 2)
    assert found["coverage@2"] == 3 / 4
    # bits: movie 1 by all 8 users 0 (twice), movie 2 by 2 of 8 users 2, movie 3 by none 3
    assert found["novelty@2"] == pytest.approx((0 + 2 + 0 + 3) / 4)
    assert found["popularity@2"] == (8 + 2 + 8 + 0) / 4
    assert found["cold@2"] == 2 / 4
    # cosines: comedy with comedy-drama 1/√2, comedy with drama 0
    assert found["diversity@2"] == pytest.approx(1 - 1 / math.sqrt(2) / 2)
    # shown 2, 1, 1 and 0 times; mean distance of two over twice the mean, out of at most 3/4
    times = np.array([2, 1, 1, 0])
    gini = np.abs(np.subtract.outer(times, times)).mean() / (2 * times.mean())
    assert found["gini@2"] == pytest.approx(gini / (3 / 4))


def test_extremes() -> None:
    alike = beyond_accuracy_metrics(shown([1], [2], [3], [4]), catalogue_stats(), 1)
    assert (alike["gini@1"], alike["coverage@1"]) == (0.0, 1.0)
    assert math.isnan(alike["diversity@1"])
    one = beyond_accuracy_metrics(shown([1], [1]), catalogue_stats(), 1)
    assert one["gini@1"] == pytest.approx(1.0)
    assert all(
        map(math.isnan, [beyond_accuracy_metrics(shown(), catalogue_stats(), 5)["novelty@5"]])
    )


def test_only_the_first_k_count() -> None:
    assert beyond_accuracy_metrics(shown([1, 2, 3]), catalogue_stats(), 1)["coverage@1"] == 1 / 4
