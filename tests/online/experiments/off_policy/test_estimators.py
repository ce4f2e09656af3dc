"""Estimates in a world whose truth is known: three movies, two kinds of users."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from online.experiments.off_policy.estimators import LoggedRewards, doubly_robust, ips, snips

CLICKS = np.array([[0.6, 0.2, 0.1], [0.1, 0.3, 0.7]])  # (kinds, movies) chance of a click
LOGGING = np.array([[0.2, 0.5, 0.3], [0.6, 0.3, 0.1]])
TARGET = np.array([[0.9, 0.1, 0.0], [0.0, 0.2, 0.8]])
TRUTH = (TARGET * CLICKS).sum(axis=1).mean()
SEEDS, SIZE = 200, 500


@dataclass(frozen=True)
class Logged:
    log: LoggedRewards
    predicted: np.ndarray
    expected: np.ndarray


def logged(seed, model=CLICKS):
    random = np.random.default_rng(seed)
    kind = random.integers(2, size=SIZE)
    movie = (random.random((SIZE, 1)) > LOGGING[kind].cumsum(axis=1)).sum(axis=1)
    reward = (random.random(SIZE) < CLICKS[kind, movie]).astype(float)
    log = LoggedRewards(reward, LOGGING[kind, movie], TARGET[kind, movie])
    return Logged(log, model[kind, movie], (TARGET * model).sum(axis=1)[kind])


def robust(world):
    return doubly_robust(world.log, world.predicted, world.expected)


ESTIMATES = {"ips": lambda w: ips(w.log), "snips": lambda w: snips(w.log), "dr": robust}


@pytest.mark.parametrize("name", ESTIMATES)
def test_is_unbiased_and_knows_its_error(name):
    found = [ESTIMATES[name](logged(seed)) for seed in range(SEEDS)]
    values = np.array([each.value for each in found])
    assert values.mean() == pytest.approx(TRUTH, abs=3 * values.std() / SEEDS**0.5)
    assert np.mean([each.standard_error for each in found]) == pytest.approx(values.std(), rel=0.15)


def test_the_mean_reward_of_the_log_is_something_else():
    values = [logged(seed).log.reward.mean() for seed in range(SEEDS)]
    assert abs(np.mean(values) - TRUTH) > 0.1


def test_doubly_robust_is_sharper_with_a_good_model_and_unbiased_with_a_bad_one():
    worlds = [logged(seed) for seed in range(SEEDS)]
    plain = np.array([ips(world.log).value for world in worlds])
    good = np.array([robust(world).value for world in worlds])
    assert good.std() < 0.8 * plain.std()
    bad = np.array([robust(logged(seed, model=1 - CLICKS)).value for seed in range(SEEDS)])
    assert bad.mean() == pytest.approx(TRUTH, abs=3 * bad.std() / SEEDS**0.5)


def test_doubly_robust_is_right_with_a_true_model_and_wrong_propensities():
    worlds = [logged(seed) for seed in range(SEEDS)]
    wrong = [replace(w, log=replace(w.log, propensity=np.full(SIZE, 0.5))) for w in worlds]
    values = np.array([robust(world).value for world in wrong])
    assert values.mean() == pytest.approx(TRUTH, abs=3 * values.std() / SEEDS**0.5)
    assert abs(np.mean([ips(world.log).value for world in wrong]) - TRUTH) > 0.05


def test_snips_follows_a_shift_of_rewards_and_ips_does_not():
    log = logged(1).log
    shifted = replace(log, reward=log.reward + 10)
    assert snips(shifted).value == pytest.approx(snips(log).value + 10)
    assert snips(shifted).standard_error == pytest.approx(snips(log).standard_error)
    assert ips(shifted).value != pytest.approx(ips(log).value + 10, abs=0.01)


def test_the_logging_policy_itself_is_worth_what_it_earned():
    log = logged(1).log
    same = replace(log, target=log.propensity)
    assert ips(same).value == pytest.approx(log.reward.mean())
    assert ips(same).effective_size == pytest.approx(SIZE)
    assert ips(log).effective_size < 0.7 * SIZE


def test_clipping_cuts_weights_and_pulls_down():
    log = logged(1).log
    cut = replace(log, clip=2.0)
    assert cut.weight.max() == 2.0
    assert ips(cut).value < ips(log).value
    assert ips(cut).standard_error < ips(log).standard_error
    assert ips(cut).clipped == pytest.approx((log.weight > 2).mean())
    assert ips(log).clipped == 0


def test_impossible_propensities_are_refused():
    with pytest.raises(ValueError, match="propensities"):
        LoggedRewards(np.ones(2), np.array([0.5, 0.0]), np.ones(2))


def test_a_log_without_the_policys_choices_says_nothing():
    log = replace(logged(1).log, target=np.zeros(SIZE))
    with pytest.raises(ValueError, match="some choice"):
        snips(log)
    assert ips(log).effective_size == 0
