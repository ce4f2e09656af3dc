"""Tastes to choose among, in the checkerboard world: comedies are even, film-noir is odd."""

import asyncio

import numpy as np
import pytest
import worlds

from online.engine import Engine
from online.live import LiveFold, Session
from online.serving import Serving
from online.stated_preferences import StatedPreferences
from online.taste_groups import POINTS, taste_groups, told_by
from online.types import Query
from online.user_history import user_history
from sparrow.errors import InvalidRequestError, NotFoundError
from sparrow.feedback.log import EventLog
from sparrow.redis_server import async_redis_client
from sparrow.signals.registry import UserSignals

pytestmark = pytest.mark.redis


@pytest.fixture
def groups(serving):
    return serving.tastes.groups


@pytest.fixture
def fold(serving):
    return LiveFold(serving.catalogue, serving.release.features)


@pytest.fixture
def newcomer(serving):
    return serving.viewers.session(Session(), worlds.AS_OF)


def signals(serving, state) -> UserSignals:
    history = user_history(state, serving.catalogue, "now", worlds.AS_OF)
    return UserSignals(serving.catalogue.fitted, history)


def parity(group) -> int:
    """0 or 1: the parity that all of a group's movies have; 2 for a mixture."""
    return next((p for p in (0, 1) if all(m.movie_id % 2 == p for m in group.movies)), 2)


def test_a_taste_is_of_one_parity_and_named_by_its_genre(groups):
    assert {parity(group) for group in groups} == {0, 1}
    for group in groups:
        assert ("Film-Noir" in group.genres) == (parity(group) == 1)
        assert group.id == group.movies[0].movie_id
        assert len(group.telling) == 5


def test_the_tastes_of_a_release_are_always_the_same(groups, serving):
    assert taste_groups(serving.catalogue) == groups


def test_a_point_counts_as_a_rating(groups):
    told = told_by(groups, {groups[0].id: 4, groups[1].id: 2, groups[-1].id: 0})
    assert sum(weight for _, weight in told.picks) == pytest.approx(POINTS)
    assert [movie for movie, _ in told.picks][:8] == [m.movie_id for m in groups[0].movies[:8]]
    assert max(told.genres.values()) <= 1


@pytest.mark.parametrize("points", [{}, {-1: 3}, {"first": 0}, {"first": 7}])
def test_other_points_are_refused(groups, points):
    given = {groups[0].id if key == "first" else key: n for key, n in points.items()}
    with pytest.raises(InvalidRequestError, match=r"points|tastes"):
        told_by(groups, given)


def test_picks_make_vectors_but_no_history(fold, newcomer, groups, serving):
    for group in groups:
        told = told_by(groups, {group.id: POINTS})
        state = fold.session(newcomer, Session(stated=told), worlds.AS_OF)
        assert state.known
        assert len(state.history) == 0
        for name in ("als", "item2vec"):
            fit = serving.catalogue.vectors[name].dot(signals(serving, state).vector(name))
            assert serving.catalogue.ids[np.argmax(fit)] % 2 == parity(group)


def test_a_rating_takes_the_place_of_the_pick_of_its_movie(fold, newcomer, groups, serving):
    film = groups[0].movies[0].movie_id
    rated = Session({film: 5.0})
    plain = signals(serving, fold.session(newcomer, rated, worlds.AS_OF))
    picked = Session({film: 5.0}, stated=StatedPreferences(picks=((film, 1.0), (999_999, 1.0))))
    again = signals(serving, fold.session(newcomer, picked, worlds.AS_OF))
    for name in ("als", "item2vec"):
        np.testing.assert_array_equal(again.vector(name), plain.vector(name))


def test_what_is_told_is_kept_and_told_anew_until_the_viewer_is_erased(release, redis_url):
    async def parities() -> list[set[int]]:
        redis = async_redis_client(redis_url, retries=0)
        try:
            engine = Engine(Serving.load(release.root, redis, "embedding"), EventLog(redis))
            found = []
            tastes = {parity(group): group.id for group in engine.taste_groups()}
            told = [told_by(engine.taste_groups(), {tastes[p]: POINTS}) for p in (1, 0)]
            user_id = await engine.new_viewer({}, told[0])
            found.append(await _parities(engine, user_id))
            await engine.set_preferences(user_id, told[1])
            found.append(await _parities(engine, user_id))
            await engine.erase(user_id)
            with pytest.raises(NotFoundError, match="erased"):
                await engine.set_preferences(user_id, told[1])
        finally:
            await redis.aclose()
        return found

    assert asyncio.run(parities()) == [{1}, {0}]


async def _parities(engine: Engine, user_id: int) -> set[int]:
    items = (await engine.recommend(Query(user_id, limit=5, shown=False))).items
    return {item.movie.movie_id % 2 for item in items}
