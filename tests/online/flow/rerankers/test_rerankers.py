import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from online.flow.rerankers.diversity.calibration import (
    Calibration,
    genre_distribution,
    kl_divergence,
)
from online.flow.rerankers.diversity.dpp import DPP, RIDGE, _greedy
from online.flow.rerankers.diversity.genre_diversity import GenreDiversity
from online.flow.rerankers.diversity.genre_novelty import GenreNovelty
from online.flow.rerankers.diversity.mmr import MMR
from online.flow.rerankers.new_releases_for_new_users import NewReleasesForNewUsers
from online.flow.rerankers.popularity_control import PopularityControl
from online.flow.stages import NO_PROVENANCE, NOT_RETRIEVED, Candidates

pytestmark = pytest.mark.redis


def candidates(item_index, fresh=()):
    provenance = np.where(np.isin(item_index, fresh), NO_PROVENANCE, NOT_RETRIEVED)[np.newaxis]
    return Candidates(np.asarray(item_index), provenance)


@pytest.mark.parametrize(
    "reranker",
    [
        GenreDiversity(),
        NewReleasesForNewUsers(row=0),
        MMR(diversity=0.5),
        DPP(diversity=0.5),
        Calibration(strength=0.5, least=1),
        GenreNovelty(least=1),
        PopularityControl(popularity=-1),
    ],
)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(item_index=st.lists(st.integers(0, 79), unique=True), data=st.data())
def test_keeps_every_movie_exactly_once(request_for_cached, reranker, item_index, data):
    fresh = data.draw(st.lists(st.sampled_from(item_index))) if item_index else []
    scores = np.sort(np.linspace(0, 1, len(item_index)))[::-1]
    order = reranker(request_for_cached, candidates(item_index, fresh), scores)
    assert sorted(order) == list(range(len(item_index)))


@pytest.fixture(scope="module")
def request_for_cached(request_for):
    return request_for(777)


def test_diversity_brings_another_genre_forward(request_for):
    # positions 1, 5, 9, … are comedies, 0 is film-noir; all of almost the same score
    listed = candidates([1, 5, 9, 13, 17, 0])
    scores = np.array([1.05, 1.04, 1.03, 1.02, 1.01, 1.0])
    order = GenreDiversity(strength=4.0)(request_for(2), listed, scores)
    assert order.tolist()[:3] == [0, 5, 1]


def test_diversity_of_strength_zero_changes_nothing(request_for):
    scores = np.linspace(1, 0, 20)
    order = GenreDiversity(strength=0)(request_for(2), candidates(np.arange(20)), scores)
    assert order.tolist() == list(range(20))


def test_diversity_never_moves_what_has_no_score(request_for):
    scores = np.array([3.0, 2.9, 2.8, 2.7, np.nan, np.nan])
    order = GenreDiversity(strength=5)(request_for(2), candidates(np.arange(6)), scores)
    assert order[-2:].tolist() == [4, 5]


def test_newcomers_see_something_fresh_at_every_fifth_place(request_for):
    listed = candidates(np.arange(40), fresh=[30, 31, 32])
    order = NewReleasesForNewUsers(row=0)(request_for(777), listed, np.linspace(1, 0, 40))
    assert order[:16].tolist() == [0, 1, 2, 3, 30, 4, 5, 6, 7, 31, 8, 9, 10, 11, 32, 12]


def test_a_user_with_a_history_keeps_the_order(request_for):
    listed = candidates(np.arange(40), fresh=[30, 31, 32])
    order = NewReleasesForNewUsers(row=0)(request_for(2), listed, np.linspace(1, 0, 40))
    assert order.tolist() == list(range(40))


def test_the_fast_choice_is_the_greedy_one_by_determinants():
    random = np.random.default_rng(5)
    movies, quality = random.normal(size=(12, 6)), random.uniform(0.5, 1, size=12)
    kernel = movies @ movies.T + RIDGE * np.diag(quality**2)
    chosen = []
    for _ in range(8):
        left = [m for m in range(12) if m not in chosen]
        volumes = [np.linalg.det(kernel[np.ix_([*chosen, m], [*chosen, m])]) for m in left]
        chosen.append(left[int(np.argmax(volumes))])
    assert _greedy(movies, quality, 8).tolist() == chosen


@pytest.mark.parametrize("reranker", [MMR(diversity=1.0), DPP(diversity=0.9)])
def test_diversity_breaks_a_row_of_the_same_kind(request_for, reranker):
    # nine comedies, then a film-noir of almost the same score
    listed = candidates([1, 5, 9, 13, 17, 21, 25, 29, 33, 0])
    order = reranker(request_for(2), listed, np.linspace(1.0, 0.9, 10))
    assert order.tolist().index(9) < 3


def test_a_calibrated_list_is_closer_to_the_history_of_its_user(request_for):
    request, item_index = request_for(2), np.r_[np.arange(0, 78, 2), np.arange(1, 78, 2)]
    scores = np.linspace(1, 0, len(item_index))
    taste = genre_distribution(request, request.rated_items).mean(axis=0)

    def far(strength):
        reranker = Calibration(strength=strength, least=0)
        top = item_index[reranker(request, candidates(item_index), scores)[:20]]
        return kl_divergence(taste, genre_distribution(request, top).mean(axis=0)[np.newaxis])[0]

    assert far(0.0) > far(0.5) > far(0.95)


def test_a_place_goes_to_a_decade_that_the_user_never_sees(request_for):
    request = request_for(2)
    years = request.catalogue.stats.year
    usual = np.unique(years[request.rated_items] // 10)
    new = np.flatnonzero(~np.isin(years // 10, usual))
    listed = np.r_[np.flatnonzero(np.isin(years // 10, usual)), new]
    order = GenreNovelty(every=5)(request, candidates(listed), np.linspace(1, 0, len(listed)))
    assert len(new) > 0
    assert listed[order[4]] == new[0]
