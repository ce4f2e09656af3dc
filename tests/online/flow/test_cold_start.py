"""Movies that hardly anybody rated: found by their content, and given some places."""

from dataclasses import replace

import numpy as np
import pytest
import release_world
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from release_world import rated_by

from online.catalogue.similar_movies import similar
from online.flow.cold_start import cold_start_scores
from online.flow.flows.home import home
from online.flow.flows.shared import FlowContext
from online.flow.rerankers.cold_start_slots import ColdStartSlots
from online.flow.runner import rank
from online.flow.scorers.signal_scorer import SignalScorer
from online.flow.sources.cold_movies import ColdMovies
from online.flow.sources.latest import Latest
from online.flow.stages import NO_PROVENANCE, NOT_RETRIEVED, Candidates
from sparrow.vectors.cold_start import COLD_START_THRESHOLD

pytestmark = pytest.mark.redis
COLD_MOVIES = [
    m for m in release_world.MOVIES.tolist() if release_world.rating_count(m) < COLD_START_THRESHOLD
]


def without(request, *names):
    """The request in a release without these embeddings."""
    left = {n: v for n, v in request.catalogue.vectors.items() if n not in names}
    return replace(request, catalogue=replace(request.catalogue, vectors=left))


def test_the_world_has_both_kinds():
    assert release_world.UNRATED in COLD_MOVIES
    assert 10 < len(COLD_MOVIES) < len(release_world.MOVIES)


@pytest.mark.parametrize("missing", [(), ("als_cold",)])
@pytest.mark.parametrize("user_id", [1, 2])
def test_content_finds_cold_movies_of_the_users_taste_first(request_for, user_id, missing):
    request = without(request_for(user_id), *missing)
    found = request.catalogue.ids[ColdMovies(size=100)(request).item_index]
    rated = rated_by(user_id)
    assert sorted(found) == [m for m in COLD_MOVIES if m not in rated]
    own = sum(m % 2 == user_id % 2 for m in found)
    assert 0 < own < len(found)
    assert (found[:own] % 2 == user_id % 2).all()


def test_content_finds_a_movie_that_nobody_rated(request_for):
    found = ColdMovies()(request_for(2)).item_index
    assert release_world.UNRATED in request_for(2).catalogue.ids[found]


def test_content_names_the_liked_movie_that_is_most_like_the_found_one(request_for):
    request, source = request_for(2), ColdMovies()
    catalogue, found = request.catalogue, source(request)
    liked = [m for m, stars in rated_by(2).items() if stars >= 3.5]
    matrix = catalogue.vectors["content"].matrix
    for item, cause in zip(found.item_index, found.provenance, strict=True):
        cosines = matrix[catalogue.item_index(liked)] @ matrix[item]
        if cause == NO_PROVENANCE:
            assert cosines.max() < 0.5
        else:
            assert catalogue.ids[cause] in liked
            assert matrix[cause] @ matrix[item] == pytest.approx(cosines.max())
    movie = catalogue.movies[found.provenance[0]]
    said = source.reason(request, int(found.provenance[0]))
    stars = request.user.ratings_by_movie[movie.movie_id]
    assert said.text == (f"Little known, but similar to {movie.title}, which you rated ★{stars:g}")
    assert "your taste" in source.reason(request, NO_PROVENANCE).text


def test_nothing_fits_somebody_of_whom_nothing_is_known(request_for):
    request = request_for(None)
    assert (cold_start_scores(request) == -np.inf).all()
    assert len(ColdMovies()(request).item_index) == 0


def test_fit_at_places_is_that_of_the_whole(request_for):
    request, places = request_for(2), np.array([79, 3, 40])
    assert (
        cold_start_scores(request, places).tolist() == cold_start_scores(request)[places].tolist()
    )


def test_latest_tells_what_was_released_from_what_was_added(request_for):
    """Of movies first rated in the last month the newest come first."""
    request = request_for(None)
    catalogue, source = request.catalogue, Latest(size=5, added=3)
    arrived = catalogue.item_index([10, 20, 30, 79])  # 79 is among the newest films as well
    found = source(replace(request, catalogue=replace(catalogue, new_arrivals=arrived)))
    assert (
        catalogue.ids[found.item_index].tolist()[:5]
        == catalogue.ids[catalogue.charts["latest"][:5]].tolist()
    )
    assert catalogue.ids[found.item_index[5:]].tolist() == [10, 20, 30]
    reasons = [source.reason(request, int(cause)).text for cause in found.provenance]
    assert reasons[0] == "One of the newest films (1970)"
    assert reasons[5:] == ["Newly added"] * 3


def listed(request, cold_places, length=80):
    """A ranked list of so many movies, of which those at these places are cold ones."""
    cold = request.catalogue.item_index([m for m in COLD_MOVIES if m % 2 == 0])
    known = np.setdiff1d(np.arange(80), request.catalogue.item_index(COLD_MOVIES))
    item_index = np.resize(known, length)
    item_index[cold_places] = cold[: len(cold_places)]
    provenance = np.full((1, length), NOT_RETRIEVED)
    provenance[0, cold_places] = NO_PROVENANCE
    return Candidates(item_index, provenance)


def reordered(request, cold_places, **options):
    candidates = listed(request, cold_places)
    scores = np.linspace(1, 0, len(candidates))
    return ColdStartSlots(**{"row": 0, "top": 10, **options})(request, candidates, scores).tolist()


def test_every_window_without_a_cold_movie_gets_one(request_for):
    order = reordered(request_for(2), [70, 71, 72])
    assert order[:10] == list(range(10))
    assert sorted(order[place] for place in (10, 30, 50)) == [70, 71, 72]
    assert [place for place in order if place < 70] == list(range(70))


def test_the_best_fitting_comes_first(request_for):
    request = request_for(2)
    candidates = listed(request, [70, 71, 72])
    order = ColdStartSlots(row=0, top=10)(request, candidates, np.linspace(1, 0, 80))
    fit = cold_start_scores(request, candidates.item_index[order[[10, 30, 50]]])
    assert (np.diff(fit) <= 0).all()


def test_a_window_that_has_one_by_merit_gets_no_other(request_for):
    assert reordered(request_for(2), [15, 35, 55, 75, 79])[:60] == list(range(60))


def test_what_stands_at_the_top_by_merit_is_no_slot(request_for):
    order = reordered(request_for(2), [3, 70])
    assert order[:11] == [*range(10), 70]


@pytest.mark.parametrize("share", [0.0, -1.0])
def test_without_a_share_nothing_moves(request_for, share):
    assert reordered(request_for(2), [70, 71], share=share) == list(range(80))


def test_a_larger_share_gives_more_places(request_for):
    order = reordered(request_for(2), [70, 71, 72, 73], share=0.1)
    assert sorted(order[place] for place in (10, 20, 30, 40)) == [70, 71, 72, 73]


@pytest.fixture(scope="module")
def cached_request(request_for):
    return request_for(2)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cold=st.sets(st.integers(0, 79), max_size=20), share=st.sampled_from([0.05, 0.2, 0.5, 1.0]))
def test_keeps_every_movie_and_moves_none_up_but_cold_ones(cached_request, cold, share):
    order = reordered(cached_request, sorted(cold), share=share)
    assert sorted(order) == list(range(80))
    assert order[:10] == list(range(10))
    up = {place for new, place in enumerate(order) if new < place}
    assert up <= cold


@pytest.mark.parametrize("share", [0.5, 0.0])
def test_home_shows_a_cold_movie_and_says_why(request_for, share):
    """The parameter of the release decides; without it a list by popularity has none so high."""
    request = request_for(2, limit=40)
    flow = home(FlowContext(SignalScorer("popularity"), {"cold_slots": share, "diversity": 0.0}))
    sooner = [replace(r, top=10) if isinstance(r, ColdStartSlots) else r for r in flow.rerankers]
    flow = replace(flow, rerankers=tuple(sooner))  # a world of 80 movies has no long list
    ranked = rank(flow, request)
    shown = request.catalogue.ids[ranked.candidates.item_index[:11]]
    known = [m for m in shown if m not in COLD_MOVIES]
    assert len(known) == (10 if share else 11)
    if share:
        assert shown[10] in COLD_MOVIES
        assert ranked.rank_changes["cold-slots"][10] > 0
        assert ranked.candidates.provenance[flow.sources.index(ColdMovies()), 10] > NOT_RETRIEVED


def test_similar_goes_by_the_map_for_a_movie_without_a_vector(serving):
    catalogue = serving.catalogue
    unrated = catalogue.item(release_world.UNRATED)
    by_map = similar(catalogue, unrated, "embedding", 10)
    assert (catalogue.ids[by_map] % 2 == 0).all()
    assert unrated not in by_map
    less = {n: v for n, v in catalogue.vectors.items() if n != "item2vec_cold"}
    by_content = similar(replace(catalogue, vectors=less), unrated, "embedding", 3)
    assert set(catalogue.ids[by_content]) == {76, 72, 68}
