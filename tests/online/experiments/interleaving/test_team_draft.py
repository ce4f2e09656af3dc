import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from online.experiments.interleaving.team_draft import A, B, attribute_clicks, team_draft
from online.experiments.statistics.preference import preference

RANKING = st.lists(st.integers(0, 30), unique=True, max_size=20).map(
    lambda movies: np.array(movies, dtype=np.int64)
)


@given(RANKING, RANKING, st.integers(0, 25), st.integers(0, 2**32))
def test_a_draft_is_fair_whole_and_without_repeats(a, b, length, seed):
    draft = team_draft(a, b, length, seed)
    assert len(draft.movies) == min(length, len(np.union1d(a, b)))
    assert len(set(draft.movies.tolist())) == len(draft.movies)
    for team, ranking in ((A, a), (B, b)):
        places = [ranking.tolist().index(m) for m in draft.movies[draft.teams == team]]
        assert places == sorted(places)
    if set(a.tolist()).isdisjoint(b.tolist()):
        shared = 2 * min(len(a), len(b), length // 2)
        # in each round either team chooses once
        assert (draft.teams[:shared].reshape(-1, 2).sum(axis=1) == 1).all()


@given(RANKING, RANKING, st.integers(0, 2**32))
def test_the_next_page_goes_on_where_the_first_ended(a, b, seed):
    short, long = team_draft(a, b, 5, seed), team_draft(a, b, 10, seed)
    assert long.movies[:5].tolist() == short.movies.tolist()
    assert long.teams[:5].tolist() == short.teams.tolist()


def test_a_captain_takes_the_best_that_is_left():
    drafts = [team_draft(np.array([1, 2, 3]), np.array([1, 4, 5]), 4, seed) for seed in range(50)]
    assert {tuple(draft.movies.tolist()) for draft in drafts} == {
        (1, 4, 2, 5),  # A begins twice: 1, 4 | 2, 5
        (1, 4, 5, 2),  # A, then B
        (1, 2, 4, 3),  # B begins twice: 1, 2 | 4, 3
        (1, 2, 3, 4),  # B, then A
    }
    begins = sum(draft.teams[0] == A for draft in drafts)
    assert stats.binomtest(begins, 50).pvalue > 0.001


def test_equal_rankings_get_equal_credit_over_many_lists():
    ranking, random = np.arange(10), np.random.default_rng(1)
    votes = []
    for seed in range(2000):
        draft = team_draft(ranking, ranking, 10, seed)
        # users click what stands high
        clicked = draft.movies[random.random(10) < 0.5 / np.arange(1, 11)]
        votes.append(attribute_clicks(draft, clicked))
    a, b = np.array(votes).T
    assert preference(a, b).p_value > 0.001


def test_credit_counts_a_click_for_the_team_of_its_place():
    draft = team_draft(np.array([1, 2]), np.array([3, 4]), 4, seed=1)
    assert attribute_clicks(draft, [1, 3, 4, 99]) == (1, 2)
    assert attribute_clicks(draft, []) == (0, 0)


def test_the_better_ranking_is_preferred():
    random = np.random.default_rng(2)
    a, b = random.poisson(0.5, 500), random.poisson(0.8, 500)
    found = preference(a, b)
    assert found.p_value < 0.001
    assert 0.5 < found.low < found.share_b < found.high
    assert found.for_a + found.for_b + found.ties == 500


def test_one_eager_user_has_one_vote():
    found = preference(np.array([1, 1, 1, 0]), np.array([0, 0, 0, 1000]))
    assert (found.for_a, found.for_b) == (3, 1)
    assert found.share_b == 0.25


def test_without_votes_nothing_is_said():
    found = preference(np.zeros(3), np.zeros(3))
    assert found.share_b is None
    assert found.p_value == pytest.approx(1.0)
