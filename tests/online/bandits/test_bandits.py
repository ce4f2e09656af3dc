"""Bandits in a world with known answers: each of two kinds of users clicks on its own genre."""

import numpy as np
import pytest

from online.bandits.bandit import Context, choose
from online.bandits.linucb import InteractionFeatures, LinUcb
from online.bandits.linucb_per_movie import LinUcbPerMovie
from online.bandits.replay import Logged, replay
from online.bandits.rewards import RewardsInMemory
from online.bandits.thompson import LearningThompson
from online.bandits.uniform import Uniform

GENRES = np.eye(2, dtype=bool)[[0, 1, 0, 1, 0, 1]]  # (movies, genres)
ARMS = np.arange(6)
USERS = [Context(0, np.array([1.0, 0.0])), Context(1, np.array([0.0, 1.0]))]
# movie 4 is the best of its genre, movie 1 that of the other
CHANCE = np.array([[0.2, 0.05, 0.2, 0.05, 0.5, 0.05], [0.05, 0.5, 0.05, 0.2, 0.05, 0.2]])


def thompson(fade=1.0):
    return LearningThompson(RewardsInMemory(segments=2, movies=6, fade=fade))


def linucb():
    return LinUcb(InteractionFeatures(GENRES))


def linucb_per_movie():
    return LinUcbPerMovie(movies=6, genres=2)


MAKE = {
    "thompson": thompson,
    "linucb-per-movie": linucb_per_movie,
    "linucb": linucb,
    "uniform": Uniform,
}
# the chance of a click for who knows all that can be known: the shared form knows genres only
REACHABLE = {"thompson": 0.5, "linucb-per-movie": 0.5, "linucb": 0.3, "uniform": CHANCE.mean()}
LEARNERS = [name for name in MAKE if name != "uniform"]


def live(bandit, visits=2000, seed=1, chance=CHANCE):
    """True chance of a click of each choice, in order: `(visits,)`."""
    random = np.random.default_rng(seed)
    earned = np.empty(visits)
    for visit in range(visits):
        user = USERS[random.integers(2)]
        arm = choose(bandit, user, ARMS, random)
        earned[visit] = chance[user.segment, arm]
        bandit.learn(user, arm, float(random.random() < earned[visit]))
    return earned


@pytest.mark.parametrize("name", MAKE)
def test_converges_to_the_best_that_it_can_tell_apart(name):
    earned = live(MAKE[name]())
    assert earned[-500:].mean() > 0.93 * REACHABLE[name]


@pytest.mark.parametrize("name", LEARNERS)
def test_regret_grows_slower_than_at_random_and_ever_slower(name):
    ours, theirs = (REACHABLE[name] - live(MAKE[each]()) for each in (name, "uniform"))
    assert ours.sum() < 0.5 * theirs.sum()
    assert ours[-500:].sum() < 0.5 * ours[:500].sum()


def test_fading_counts_follow_a_taste_that_turns():
    turned = CHANCE[::-1]
    earned = {}
    for fade in (1.0, 0.98):
        bandit = thompson(fade)
        live(bandit, 3000)
        earned[fade] = live(bandit, 1000, seed=2, chance=turned)[-500:].mean()
    assert earned[0.98] > earned[1.0] + 0.05


def test_linucb_knows_a_movie_that_nobody_was_shown_by_its_genre():
    bandit, shown = linucb(), ARMS[:4]
    random = np.random.default_rng(1)
    for _ in range(500):
        user = USERS[random.integers(2)]
        arm = int(random.choice(shown))
        bandit.learn(user, arm, float(random.random() < CHANCE[user.segment, arm]))
    for user, best in zip(USERS, (4, 5), strict=True):
        assert choose(bandit, user, ARMS[4:], random) == best


def test_linucb_learns_from_counts_what_it_learns_one_by_one():
    rewards, one_by_one = RewardsInMemory(2, 6), linucb()
    random = np.random.default_rng(3)
    for _ in range(300):
        user, arm = USERS[random.integers(2)], int(random.integers(6))
        reward = float(random.integers(2))
        rewards.add(user.segment, arm, reward)
        one_by_one.learn(user, arm, reward)
    at_once = LinUcb.of(InteractionFeatures(GENRES), rewards, USERS)
    for user in USERS:
        expected = one_by_one.sample_scores(user, ARMS, random, 1)
        assert at_once.sample_scores(user, ARMS, random, 1) == pytest.approx(expected)


def test_linucb_is_less_sure_of_what_was_shown_less():
    bandit, random = linucb(), np.random.default_rng(1)
    for _ in range(50):
        bandit.learn(USERS[0], 0, 0.0)
    scores = bandit.sample_scores(USERS[0], ARMS, random, 1)[0]
    assert scores[1] > scores[0]


def random_log(size, seed):
    random = np.random.default_rng(seed)
    for _ in range(size):
        user, arm = USERS[random.integers(2)], int(random.integers(6))
        yield Logged(user, ARMS, arm, float(random.random() < CHANCE[user.segment, arm]))


class Fixed(Uniform):
    """Always the same movie."""

    def sample_scores(self, context, arms, random, count):
        return (arms == 4).astype(float)[np.newaxis]


def test_a_replay_says_what_a_fixed_choice_is_worth():
    found = [replay(Fixed(), random_log(600, seed), np.random.default_rng(seed)) for seed in (1, 2)]
    for each in found:
        assert each.value == pytest.approx(CHANCE[:, 4].mean(), abs=3 * each.standard_error)
        assert each.matched == pytest.approx(100, abs=30)


def test_a_replay_tells_a_learner_from_chance():
    learned = replay(thompson(), random_log(6000, 1), np.random.default_rng(1))
    chance = replay(Uniform(), random_log(6000, 1), np.random.default_rng(1))
    assert learned.value > chance.value + 3 * learned.standard_error
    assert chance.value == pytest.approx(CHANCE.mean(), abs=3 * chance.standard_error)


def test_a_replay_without_a_match_says_nothing():
    log = [Logged(USERS[0], ARMS, 0, 1.0)] * 5
    assert replay(Fixed(), log, np.random.default_rng(1)).value is None
