"""The machinery of experiments, tried on users whose tastes are known."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy import stats

from online.experiments.assignment.assignment import assigned
from online.experiments.assignment.experiment import BUCKETS, Experiment, Variant
from online.experiments.statistics.results import METRICS
from online.simulation.click_model import ClickModel
from online.simulation.ground_truth import (
    SimulatedRatings,
    fit_ground_truth,
    item_means_only,
    synthetic_ground_truth,
)
from online.simulation.simulated_experiment import Simulation
from online.simulation.simulated_interleaving import interleaved
from online.simulation.simulated_rankers import PLACES, best

RUNS = 200
TRUTH = synthetic_ground_truth(users=1000, movies=80, seed=1)
ONE_LIST = best(item_means_only(TRUTH))(np.arange(1))[0]


def same(users):
    return np.tile(ONE_LIST, (len(users), 1))


EQUAL = Simulation(TRUTH, {"a": same, "b": same}, {"a": 0.5, "b": 0.5})
BETTER = replace(EQUAL, rankers={"a": same, "b": best(TRUTH)})


def halves(salt):
    """The assignment of an experiment that has all users."""
    running = Experiment(
        name="simulated",
        salt=str(salt),
        variants=[Variant(name=name, share=0.5) for name in "ab"],
        share=1.0,
        buckets=((0, BUCKETS),),
        created_at=0.0,
    )
    return lambda user_id: assigned(running, user_id).name


def daily_results(simulation, seed, users=600):
    random = np.random.default_rng(seed)
    return list(simulation.daily_results(random.integers(1000, size=users), halves(seed), random))


@dataclass(frozen=True)
class Alarms:
    """Whether a run finds a difference, by metric."""

    at_the_end: np.ndarray
    by_peeking: np.ndarray
    by_peeking_safely: np.ndarray


def alarms(seed):
    differences = [
        [figure.difference for figure in examination.variants[1].figures]
        for examination in daily_results(EQUAL, seed)
    ]
    fixed = np.array([[1 if d is None else d.p_value for d in each] for each in differences])
    safe = np.array(
        [
            [1 if d is None or d.any_time is None else d.any_time.p_value for d in each]
            for each in differences
        ]
    )
    return Alarms(fixed[-1] < 0.05, (fixed < 0.05).any(axis=0), (safe < 0.05).any(axis=0))


@pytest.fixture(scope="module")
def false_alarms():
    """How many of the runs of equal variants found a difference, by metric."""
    runs = [alarms(seed) for seed in range(RUNS)]
    return {name: sum(getattr(run, name) for run in runs) for name in vars(runs[0])}


def test_equal_variants_differ_as_rarely_as_the_level_says(false_alarms):
    for metric, found in zip(METRICS, false_alarms["at_the_end"], strict=True):
        assert stats.binomtest(int(found), RUNS, 0.05).pvalue > 0.001, metric.name


def test_who_looks_every_day_finds_no_more_with_the_any_time_p_value(false_alarms):
    assert (false_alarms["by_peeking_safely"] <= 0.05 * RUNS).all()
    # which does not come of itself
    assert (false_alarms["by_peeking"] > 0.1 * RUNS).all()


def test_a_real_difference_is_found():
    last = [daily_results(BETTER, seed)[-1].variants[1].figures[0].difference for seed in range(20)]
    assert all(found.p_value < 0.05 and found.absolute > 0 for found in last)
    assert all(found.any_time.p_value < 0.05 for found in last)


def test_the_difference_is_the_one_that_the_tastes_make():
    behaviour, users = ClickModel(), np.arange(1000)
    stars, truth = TRUTH.of(users), []
    for ranker in BETTER.rankers.values():
        seen = np.take_along_axis(stars, ranker(users), axis=1)
        truth.append(behaviour.clicks(seen).mean())
    found = daily_results(BETTER, seed=1, users=5000)[-1].variants[1].figures[0].difference
    assert found.low < truth[1] - truth[0] < found.high


def test_days_before_the_start_make_the_interval_narrower():
    eager = replace(EQUAL, behaviour=ClickModel(threshold=2.0, lists=1.0))

    def widths(warm_up):
        for seed in range(5):
            last = daily_results(replace(eager, warm_up=warm_up), seed)[-1]
            found = last.variants[1].figures[3].difference
            assert found.cuped == (warm_up > 0)
            yield found.high - found.low

    # how often a user comes explains part of how much they put on their watchlist
    assert np.mean(list(widths(28))) < 0.9 * np.mean(list(widths(0)))


def test_an_assignment_that_loses_users_is_noticed():
    def losing(user_id):
        variant = halves(1)(user_id)
        return None if variant == "b" and user_id % 4 == 0 else variant

    random = np.random.default_rng(1)
    *_, last = EQUAL.daily_results(random.integers(1000, size=2000), losing, random)
    assert last.sample_ratio.mismatch
    assert not daily_results(EQUAL, seed=1, users=2000)[-1].sample_ratio.mismatch


def test_interleaving_prefers_the_better_ranking_with_fewer_users():
    better = best(TRUTH)
    random = np.random.default_rng(3)
    found = interleaved(TRUTH, (same, better), np.arange(200), random)
    assert found.p_value < 0.01
    assert found.share_b > 0.5
    equal = [interleaved(TRUTH, (same, same), np.arange(200), random) for _ in range(20)]
    assert sum(each.p_value < 0.05 for each in equal) <= 4


def rated(random):
    """A third of all pairs of user and movie, with noise."""
    stars = TRUTH.of(np.arange(1000))
    user, movie = np.nonzero(random.random(stars.shape) < 0.33)
    given = stars[user, movie] + random.normal(0, 0.5, len(user))
    return SimulatedRatings(user, movie, given, stars.shape)


def test_tastes_are_found_in_ratings():
    found = fit_ground_truth(rated(np.random.default_rng(1)), dim=4, seed=1)
    everybody = np.arange(1000)
    personal = TRUTH.of(everybody) - TRUTH.level
    likeness = np.corrcoef((found.of(everybody) - found.level).ravel(), personal.ravel())[0, 1]
    assert likeness > 0.7
    assert np.corrcoef(found.level, TRUTH.level)[0, 1] > 0.95
    again = fit_ground_truth(rated(np.random.default_rng(1)), dim=4, seed=1)
    assert np.array_equal(again.of(everybody), found.of(everybody))


def test_rankers_rank():
    users = np.arange(50)
    lists = best(TRUTH)(users)
    stars = TRUTH.of(users)
    assert lists.shape == (50, PLACES)
    assert lists.tolist() == np.argsort(-stars, axis=1)[:, :PLACES].tolist()
    seen = {3: lists[3, :2]}
    without = best(TRUTH, seen=seen)(users)
    assert not np.isin(without[3], seen[3]).any()
    assert without[4].tolist() == lists[4].tolist()
    assert ONE_LIST.tolist() == np.argsort(-TRUTH.level)[:PLACES].tolist()


def test_users_look_less_far_down_and_click_what_they_like():
    chance = ClickModel().clicks(np.array([[4.0, 4.0, 4.0], [5.0, 3.0, 5.0]]))
    assert (np.diff(chance[0]) < 0).all()
    assert chance[1, 2] > chance[1, 1]
    assert chance[0, 0] == pytest.approx(0.3)


def test_visits_add_up():
    behaviour, random = ClickModel(), np.random.default_rng(1)
    stars = np.full((2000, 10), 4.0)
    came = np.arange(2000) % 2 == 0
    seen = behaviour.visit(came, behaviour.clicks(stars), stars, random)
    assert not any(getattr(seen, name)[~came].any() for name in vars(seen))
    assert seen.impressions.sum() == 10_000
    assert seen.clicks.sum() == pytest.approx(1000 * behaviour.clicks(stars)[0].sum(), rel=0.1)
    assert seen.ratings.sum() == pytest.approx(0.3 * seen.clicks.sum(), rel=0.15)
    assert seen.watchlist.sum() == pytest.approx(0.2 * seen.clicks.sum(), rel=0.15)
    assert seen.stars.sum() / seen.ratings.sum() == pytest.approx(4.0, abs=0.1)
