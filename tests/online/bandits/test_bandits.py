"""What bandits score movies by, given the counts of two segments with opposite tastes."""

import numpy as np
import pytest

from online.bandits.bandit import Context
from online.bandits.linucb import InteractionFeatures, LinUcb
from online.bandits.rewards import RewardBuffer, SegmentRewards
from online.bandits.sampling import ThompsonSampling, UniformSampling

GENRES = np.eye(2, dtype=bool)[[0, 1, 0, 1, 0, 1]]  # (movies, genres)
ARMS = np.arange(6)
USERS = [Context(0, np.array([1.0, 0.0])), Context(1, np.array([0.0, 1.0]))]
# click rates (segments, movies): movie 4 is the best of its genre, movie 1 that of the other
RATES = np.array([[0.2, 0.05, 0.2, 0.05, 0.5, 0.05], [0.05, 0.5, 0.05, 0.2, 0.05, 0.2]])


def rewards_of(shown, rates=RATES):
    """Rewards of movies that were `shown` so often in each segment, and clicked at these rates."""
    buffer = RewardBuffer()
    buffer.table = {
        (name, movie): np.array([shown[movie], shown[movie] * rates[segment, movie]])
        for segment, name in enumerate("ab")
        for movie in ARMS.tolist()
    }
    return SegmentRewards(buffer, ("a", "b"), ARMS)


def linucb(rewards):
    return LinUcb(InteractionFeatures(GENRES), rewards, USERS)


def choices(bandit, user, arms=ARMS, count=200):
    scores = bandit.sample_scores(user, arms, np.random.default_rng(1), count)
    return arms[scores.argmax(axis=1)]


def test_thompson_sampling_chooses_the_best_movie_of_a_segment():
    bandit = ThompsonSampling(rewards_of([1000] * 6))
    for user, best in zip(USERS, (4, 1), strict=True):
        assert (choices(bandit, user) == best).all()


def test_thompson_sampling_explores_movies_that_were_never_shown():
    bandit = ThompsonSampling(rewards_of([100, 100, 100, 100, 100, 0]))
    chosen = choices(bandit, USERS[0], ARMS[[0, 5]])
    assert 0 < (chosen == 5).mean() < 0.5


def test_uniform_sampling_chooses_each_movie_equally_often():
    chosen = choices(UniformSampling(), USERS[0], count=6000)
    assert np.bincount(chosen) == pytest.approx(np.full(6, 1000), abs=150)


def test_linucb_scores_a_movie_that_was_never_shown_by_its_genre():
    bandit = linucb(rewards_of([500, 500, 500, 500, 0, 0]))
    for user, best in zip(USERS, (4, 5), strict=True):
        assert (choices(bandit, user, ARMS[4:]) == best).all()


def test_linucb_scores_a_movie_that_was_shown_less_higher():
    scores = linucb(rewards_of([50, 0, 0, 0, 0, 0], np.zeros((2, 6)))).sample_scores(
        USERS[0], ARMS, np.random.default_rng(1), 1
    )[0]
    assert scores[1] > scores[0]


def test_linucb_is_the_ridge_regression_of_all_clicks():
    rewards = rewards_of([10, 20, 0, 5, 1, 3])
    features = InteractionFeatures(GENRES)
    rows, clicks = [], []
    for user in USERS:
        counts = rewards(user.segment)
        for movie, x in enumerate(features(user, ARMS)):
            shown = counts.clicked[movie] + counts.non_clicks[movie]
            rows.append(x * shown**0.5)
            clicks.append(counts.clicked[movie] / max(shown, 1) * shown**0.5)
    x, y = np.array(rows), np.array(clicks)
    gram = x.T @ x + np.eye(features.size)
    arms = features(USERS[0], ARMS)
    bound = np.sqrt(np.einsum("nd,dn->n", arms, np.linalg.solve(gram, arms.T)))
    expected = arms @ np.linalg.solve(gram, x.T @ y) + 0.5 * bound
    scores = linucb(rewards).sample_scores(USERS[0], ARMS, np.random.default_rng(1), 1)[0]
    assert scores == pytest.approx(expected)
