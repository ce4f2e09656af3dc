"""The candidates of a personal list are the best movies by each signal that has a head."""

from __future__ import annotations

import numpy as np
import pytest
from signal_world import drawn_world, history

from sparrow.signals.candidate_pool import candidate_pool, signal_heads
from sparrow.signals.registry import SIGNALS, UserSignals

MOVIES = 900
OF_CATALOGUE = {"popularity", "popularity_30d", "popularity_7d", "item_recency",
                "bayesian_average", "year"}  # fmt: skip


@pytest.fixture(scope="module")
def signals() -> UserSignals:
    past = history([3, 200, 5, 80], [4.0, 2.0, np.nan, 5.0])
    return UserSignals(drawn_world(MOVIES, seed=4), past)


def test_heads_are_the_best_eligible_movies_of_each_signal(signals: UserSignals) -> None:
    eligible = np.random.default_rng(2).random(MOVIES) < 0.7
    everything = np.arange(MOVIES)
    heads = signal_heads(signals, eligible)
    assert set(heads) == {signal.name for signal in SIGNALS if signal.head}
    for signal in SIGNALS:
        if signal.head:
            values = signals.at(signal.name, everything)
            worst = -np.inf if signal.name in OF_CATALOGUE else np.nan
            values = np.where(np.isnan(values), worst, values)
            order = np.argsort(-values, kind="stable")
            order = order[eligible[order] & ~np.isnan(values[order])]
            assert heads[signal.name].tolist() == order[: signal.head].tolist(), signal.name
    pool = candidate_pool(signals, eligible)
    assert pool.tolist() == sorted(set().union(*(head.tolist() for head in heads.values())))
    assert 200 < len(pool) < eligible.sum()


def test_only_eligible_movies_are_candidates(signals: UserSignals) -> None:
    few = np.isin(np.arange(MOVIES), [0, 7, 500])
    assert candidate_pool(signals, few).tolist() == [0, 7, 500]
    assert not len(candidate_pool(signals, np.zeros(MOVIES, dtype=bool)))


def test_somebody_without_a_history_has_candidates() -> None:
    fresh = UserSignals(drawn_world(MOVIES, seed=4), history([], []))
    heads = signal_heads(fresh, np.ones(MOVIES, dtype=bool))
    assert {name for name, head in heads.items() if len(head)} == OF_CATALOGUE
