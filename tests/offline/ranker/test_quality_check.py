"""Whether a ranker may order lists: worlds in which it must, and in which it must not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pytrec_eval import RelevanceEvaluator
from training_list_world import LENGTH, by, ranking

from offline.ranker.lists.training_lists import TrainingLists
from offline.ranker.quality_check import (
    BASELINES,
    LINEAR,
    by_situation,
    check_ranker,
    list_ndcg,
    ndcg_by_list,
)
from sparrow.signals.registry import NAMES

LISTS = ranking({"now": by("rating"), "later": by("year")}, users=80).lists
"""What decides is none of BASELINES."""

PERFECT = LISTS.relevance.copy()
NOW, LATER = 0, 1


def signal(name: str, lists: TrainingLists = LISTS) -> np.ndarray:
    return lists.signals[:, NAMES.index(name)].astype(np.float32)


LINEAR_SCORES = signal("rating") + signal("year")


def in_situation(place: int, lists: TrainingLists = LISTS) -> np.ndarray:
    """Of the candidates, those of lists of a situation."""
    return np.repeat(lists.situation == place, np.diff(lists.start))


def test_ndcg_is_that_of_an_independent_judge() -> None:
    random = np.random.default_rng(3)
    qrel, run, expected = {}, {}, {}
    for number in range(40):
        relevance = (random.random(15) < random.random()).astype(np.float32) / 2
        scores = random.permutation(15).astype(np.float64)
        names = [f"d{place}" for place in range(15)]
        qrel[f"q{number}"] = {n: int(r > 0) for n, r in zip(names, relevance, strict=True)}
        run[f"q{number}"] = dict(zip(names, scores.tolist(), strict=True))
        expected[f"q{number}"] = list_ndcg(scores, relevance)
    found = RelevanceEvaluator(qrel, {"ndcg_cut.10"}).evaluate(run)
    for query, value in expected.items():
        assert value == pytest.approx(found[query]["ndcg_cut_10"])


def test_ndcg_of_short_and_hopeless_lists() -> None:
    assert list_ndcg(np.array([1.0, 2.0]), np.array([0.0, 1.0])) == 1.0
    assert list_ndcg(np.array([2.0, 1.0]), np.array([0.0, 1.0])) == pytest.approx(1 / np.log2(3))
    assert list_ndcg(np.array([2.0, 1.0]), np.zeros(2)) == 0.0


def test_figures_by_situation() -> None:
    found = by_situation(LISTS, ndcg_by_list(LISTS, signal("rating")))
    assert set(found) == {"now", "later"}
    assert found["now"] == 1.0 > 0.6 > found["later"]


def test_a_perfect_ranker_passes() -> None:
    verdict = check_ranker(LISTS, ("net", PERFECT), LINEAR_SCORES, seed=1)
    assert verdict.passed
    assert verdict.reasons == ()
    orders = {"net", LINEAR, *(f"signal:{name}" for name in BASELINES)}
    assert set(verdict.ndcg) == orders
    assert verdict.ndcg["net"] == {"now": 1.0, "later": 1.0}
    assert 0.6 < verdict.ndcg[LINEAR]["now"] < 0.95
    assert verdict.ndcg["signal:ease"]["now"] < 0.4
    assert verdict.fallback == LINEAR


def test_one_that_orders_like_the_linear_control_beats_nobody() -> None:
    verdict = check_ranker(LISTS, ("net", LINEAR_SCORES), LINEAR_SCORES, seed=1)
    assert not verdict.passed
    (reason,) = verdict.reasons
    assert "beat none" in reason


def test_one_that_is_worse_in_one_situation_fails_and_names_it() -> None:
    now = in_situation(NOW)
    scores = np.where(now, PERFECT, signal("popularity"))
    linear = np.where(now, signal("popularity"), PERFECT)
    verdict = check_ranker(LISTS, ("net", scores), linear, seed=1)
    (reason,) = verdict.reasons
    assert reason.startswith("later: ")
    assert f"to {LINEAR} above -3%" in reason
    assert not verdict.passed


@pytest.mark.parametrize(("worse", "passes"), [(1, True), (40, False)])
def test_a_loss_within_the_noise_is_none(worse: int, passes: bool) -> None:
    """In as many lists the right movies come behind another, and the control is perfect there."""
    scores = PERFECT.copy()
    for number in np.flatnonzero(LISTS.situation == LATER)[:worse]:
        own = slice(LISTS.start[number], LISTS.start[number + 1])
        scores[own][np.argmin(PERFECT[own])] = 3.0
    linear = np.where(in_situation(NOW), signal("popularity"), PERFECT)
    assert check_ranker(LISTS, ("net", scores), linear, seed=1).passed is passes


def test_lists_that_are_all_the_same_fail_for_coverage() -> None:
    """There are more movies than a page shows; the ranker puts the same ones on each."""
    random = np.random.default_rng(2)
    long = _longer(LISTS, random)
    same = np.where(long.item_index < LENGTH, 1.0, 0.0) + 2.0 * (long.relevance > 0)
    varied = random.random(len(same)).astype(np.float32)
    verdict = check_ranker(long, ("net", same - long.item_index * 1e-6), varied, seed=1)
    (reason,) = verdict.reasons
    assert reason.startswith("coverage of the first 20: expected at least 90% of the linear")


def _longer(lists: TrainingLists, random: np.random.Generator) -> TrainingLists:
    """The same lists over a hundred movies, with all the other movies of them as candidates."""
    count, size = len(lists), 100
    signals = random.normal(size=(count * size, lists.signals.shape[1])).astype(np.float16)
    relevance = np.zeros((count, size), dtype=np.float32)
    relevance[:, :2] = 1.0
    return replace(
        lists,
        start=np.arange(count + 1) * size,
        signals=signals,
        item_index=np.tile(np.arange(size), count),
        relevance=relevance.ravel(),
    )


def test_the_fallback_is_the_best_of_the_others() -> None:
    lists = ranking({"now": by("ease"), "later": by("ease")}, users=20).lists
    bad = -signal("ease", lists)
    verdict = check_ranker(lists, ("net", bad), bad, seed=1)
    assert not verdict.passed
    assert verdict.fallback == "signal:ease"
    better = np.where(in_situation(LATER, LISTS), PERFECT, LINEAR_SCORES)
    assert check_ranker(LISTS, ("net", PERFECT), better, seed=1).fallback == LINEAR


def test_the_same_seed_gives_the_same_verdict() -> None:
    scores = LINEAR_SCORES + signal("ease")
    assert check_ranker(LISTS, ("net", scores), LINEAR_SCORES, 3) == check_ranker(
        LISTS, ("net", scores), LINEAR_SCORES, 3
    )
