"""The places that explore: which, by what chance, and that the chance is true."""

from dataclasses import replace

import numpy as np
import pytest
import release_world
from hypothesis import given
from hypothesis import strategies as st

from online.bandits.rewards import RewardBuffer, SegmentRewards
from online.bandits.sampling import ThompsonSampling, UniformSampling
from online.bandits.segments import NEWCOMERS, contexts, names, segment_of
from online.experiments.off_policy.estimators import LoggedRewards, ips
from online.flow.flows.home import home
from online.flow.flows.shared import FlowContext
from online.flow.rerankers.explore import EPSILON, Explore, exploration_ranks
from online.flow.runner import rank
from online.flow.scorers.signal_scorer import SignalScorer
from online.flow.stages import NO_PROVENANCE, Candidates

pytestmark = pytest.mark.redis

EVERYTHING = Candidates(np.arange(80), np.full((1, 80), NO_PROVENANCE))
SCORES = np.linspace(1, 0, 80)


@pytest.fixture(scope="module")
def ask(request_for):
    """Requests with nothing noted yet."""
    read = {user_id: request_for(user_id) for user_id in (2, 4)}

    def ask(user_id=2, at=0, **query):
        request = read[user_id]
        changed = replace(request.query, **query)
        return replace(request, query=changed, at=at, propensities={})

    return ask


@given(st.floats(0, 1), st.integers(0, 100))
def test_as_many_places_explore_as_the_share_says(share, depth):
    assert len(exploration_ranks(share, depth)) == int(np.floor(share * depth + 1e-9))


def test_the_places_that_explore_are_spread():
    assert exploration_ranks(0.2, 12).tolist() == [4, 9]
    assert exploration_ranks(0.0, 50).tolist() == []
    assert exploration_ranks(1.0, 3).tolist() == [0, 1, 2]


@pytest.mark.parametrize("share", [0.1, 0.25, 1.0])
@pytest.mark.parametrize("count", [0, 1, 7, 80])
def test_keeps_every_movie_exactly_once(ask, share, count):
    request = ask()
    listed = EVERYTHING.take(np.arange(count))
    order = Explore(UniformSampling(), "r", share)(request, listed, SCORES[:count])
    assert sorted(order.tolist()) == list(range(count))
    assert len(request.propensities) == len(exploration_ranks(share, count // 2))


def test_the_other_places_keep_their_order(ask):
    order = Explore(UniformSampling(), "r", 0.2)(ask(), EVERYTHING, SCORES)
    others = np.delete(order, exploration_ranks(0.2, 40))
    assert (np.diff(others) > 0).all()
    assert order[:4].tolist() == [0, 1, 2, 3]


def test_what_has_no_score_is_not_explored(ask):
    scores = np.where(np.arange(80) < 20, SCORES, np.nan)
    order = Explore(UniformSampling(), "r", 0.5)(ask(), EVERYTHING, scores)
    assert order[20:].tolist() == list(range(20, 80))


def test_without_a_share_nothing_changes_and_nothing_is_noted(ask):
    request = ask()
    assert Explore(UniformSampling(), "r")(request, EVERYTHING, SCORES).tolist() == list(range(80))
    assert request.propensities == {}


def first_explored(explore, request):
    order = explore(request, EVERYTHING, SCORES)
    item = int(order[exploration_ranks(explore.share, 40)[0]])
    return item, request.propensities[item]


def test_a_request_repeated_gives_the_same_list_and_the_next_hour_another(ask):
    explore = Explore(UniformSampling(), "r", 0.2)

    def listed(explore=explore, **changes):
        return explore(ask(**changes), EVERYTHING, SCORES).tolist()

    assert listed() == listed(at=3599) == listed(offset=20)
    others = [listed(at=3600), listed(user_id=4), listed(replace(explore, release="s"))]
    assert all(other != listed() for other in others)


def successful(*item_index):
    """Rewards: every segment clicked on these movies each time, and never on the others."""
    buffer = RewardBuffer()
    buffer.table = {
        (segment, item): np.array([30.0, 30.0 * (item in item_index)])
        for segment in "abcd"
        for item in range(80)
    }
    return SegmentRewards(buffer, tuple("abcd"), np.arange(80))


def test_noted_chances_are_those_of_the_draws(ask):
    explore = Explore(ThompsonSampling(successful(70, 71)), "r", 0.025)
    drawn = [first_explored(explore, ask(at=3600 * k)) for k in range(600)]
    item_index, chances = (np.array(part) for part in zip(*drawn, strict=True))
    for item in (70, 71):
        # by the noted chances a movie's weight is 1 per draw: the sum of 1/chance is their number
        weight = np.where(item_index == item, 1 / chances, 0.0)
        error = weight.std() / len(weight) ** 0.5
        assert weight.mean() == pytest.approx(1.0, abs=4 * error + 0.01)
    assert np.isin(item_index, (70, 71)).mean() == pytest.approx(1 - EPSILON, abs=0.05)
    assert chances.min() >= EPSILON / 80


def test_another_policy_is_worth_what_the_noted_chances_say(ask):
    explore, random = (
        Explore(ThompsonSampling(successful(70, 71)), "r", 0.025),
        np.random.default_rng(1),
    )
    clicked = np.where(np.isin(np.arange(80), (70, 71)), 0.9, 0.2)  # true chance of a click
    drawn = [first_explored(explore, ask(at=3600 * k)) for k in range(600)]
    item_index, chances = (np.array(part) for part in zip(*drawn, strict=True))
    rewards = (random.random(600) < clicked[item_index]).astype(float)
    pool = np.arange(39, 80)
    found = ips(LoggedRewards(rewards, chances, np.full(600, 1 / len(pool))))
    truth = clicked[pool].mean()
    assert found.value == pytest.approx(truth, abs=3 * found.standard_error)
    assert abs(rewards.mean() - truth) > 3 * found.standard_error


def test_nothing_of_the_pool_is_without_a_chance(ask):
    request = ask()
    Explore(ThompsonSampling(successful(70)), "r", 1.0)(request, EVERYTHING, SCORES)
    assert len(request.propensities) == 40
    assert min(request.propensities.values()) >= EPSILON / 80
    assert max(request.propensities.values()) <= 1.0


def test_what_earned_most_in_the_users_segment_comes_first(ask):
    explore = Explore(ThompsonSampling(successful(70)), "r", 0.025)
    found = [first_explored(explore, ask(at=3600 * k))[0] for k in range(50)]
    assert found.count(70) > 30


def test_segments_follow_the_taste(request_for):
    genres = len(release_world.GENRES)
    found = {user: segment_of(request_for(user).user, genres) for user in (2, 3, 777)}
    called = names(release_world.GENRES)
    assert called[found[2]] in ("Comedy", "Drama")
    assert called[found[3]] == "Film-Noir"
    assert found[777] == NEWCOMERS
    assert [context.segment for context in contexts(genres)] == list(range(len(called)))


def test_home_explores_as_much_as_the_release_says(ask):
    explore = Explore(UniformSampling(), "r")
    for share, expected in ((0.0, 0), (0.5, 10)):
        request = ask()
        ranked = rank(home(FlowContext(SignalScorer(), {"explore": share}, explore)), request)
        first = ranked.candidates.item_index[:20].tolist()
        assert sum(item in request.propensities for item in first) == expected
