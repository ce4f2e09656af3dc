"""Tastes to choose among, in the checkerboard world: comedies are even, film-noir is odd."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest
import release_world

from online.engine.engine import Engine
from online.serving.loaded_release import LoadedRelease
from online.types import Query
from online.users.live_update import AnonymousSession, UserStateUpdater
from online.users.stated_preferences import StatedPreferences
from online.users.user_history import user_history
from sparrow.errors import InvalidRequestError, NotFoundError
from sparrow.feedback.event_log import EventLog
from sparrow.redis.connection import async_redis_client
from sparrow.signals.loading import TASTES
from sparrow.signals.models.taste_clusters import POINTS_WEIGHT, TASTE_POINTS, TasteClusters
from sparrow.signals.registry import UserSignals

pytestmark = pytest.mark.redis


@pytest.fixture
def tastes(serving):
    return serving.tastes


@pytest.fixture
def fold(serving):
    return UserStateUpdater(serving.catalogue, serving.release.features)


@pytest.fixture
def newcomer(serving):
    return serving.users.session(AnonymousSession(), release_world.AS_OF)


def signals(serving, state) -> UserSignals:
    history = user_history(state, serving.catalogue, "now", release_world.AS_OF)
    return UserSignals(serving.catalogue.fitted, history)


def parity(group) -> int:
    """0 or 1: the parity that all of a group's movies have; 2 for a mixture."""
    return next((p for p in (0, 1) if all(m.movie_id % 2 == p for m in group.movies)), 2)


def test_each_kind_of_movie_is_a_taste_and_so_are_old_movies(tastes):
    by_id = {group.id: group for group in tastes.groups}
    assert by_id.keys() == {"Comedy|Drama", "Film-Noir", "@classic"}
    assert [parity(by_id[key]) for key in ("Comedy|Drama", "Film-Noir")] == [0, 1]
    assert by_id["@classic"].genres == ()
    assert by_id["@classic"].years[1] < by_id["Film-Noir"].years[1]
    for group in by_id.values():
        counts = [movie.rating_count for movie in group.movies]
        assert counts == sorted(counts, reverse=True)


def test_the_tastes_are_those_of_the_release(tastes, release, serving):
    assert LoadedRelease.load(release.root, None, "embedding").tastes.groups == tastes.groups
    saved = TasteClusters.load(release.root / TASTES)
    assert [group.id for group in tastes.groups] == [name.key for name in saved.names]
    for group, row in zip(tastes.groups, saved.representatives, strict=True):
        movies = serving.catalogue.item_index(movie.movie_id for movie in group.movies)
        assert movies.tolist() == row[row >= 0].tolist()


def test_all_points_together_weigh_as_a_few_ratings(tastes):
    stated = tastes.preferences({"Film-Noir": 4, "Comedy|Drama": 2, "@classic": 0})
    weights = {p: sum(w for movie, w in stated.picks if movie % 2 == p) for p in (0, 1)}
    assert weights == {
        0: pytest.approx(POINTS_WEIGHT / 3),
        1: pytest.approx(POINTS_WEIGHT * 2 / 3),
    }
    assert stated.picks[0][1] == max(weight for _, weight in stated.picks)
    assert stated.genres == {
        "Film-Noir": pytest.approx(4 / 6),
        "Comedy": pytest.approx(2 / 6),
        "Drama": pytest.approx(2 / 6),
    }
    assert stated.tastes == {"Film-Noir": 4, "Comedy|Drama": 2}


@pytest.mark.parametrize(
    "points",
    [{}, {"Horror": 3}, {"Film-Noir": 0}, {"Film-Noir": 7}, {"Film-Noir": 4, "@classic": 3}],
)
def test_other_points_are_refused(tastes, points):
    with pytest.raises(InvalidRequestError, match=r"points|tastes"):
        tastes.preferences(points)


def test_picks_make_vectors_but_no_history(fold, newcomer, tastes, serving):
    for group in tastes.groups:
        if parity(group) == 2:
            continue
        stated = tastes.preferences({group.id: TASTE_POINTS})
        state = fold.session(newcomer, AnonymousSession(stated=stated), release_world.AS_OF)
        assert state.exists
        assert state.stated == stated
        assert len(state.history) == 0
        fit = serving.catalogue.vectors["als"].dot(signals(serving, state).vector("als"))
        assert serving.catalogue.ids[np.argmax(fit)] % 2 == parity(group)


def test_a_rating_takes_the_place_of_the_pick_of_its_movie(fold, newcomer, tastes, serving):
    movie = tastes.groups[0].movies[0].movie_id
    rated = AnonymousSession({movie: 5.0})
    plain = signals(serving, fold.session(newcomer, rated, release_world.AS_OF))
    picks = StatedPreferences(picks=((movie, 1.0), (999_999, 1.0)))
    state = fold.session(
        newcomer, AnonymousSession({movie: 5.0}, stated=picks), release_world.AS_OF
    )
    everything = np.arange(len(serving.catalogue))
    np.testing.assert_array_equal(signals(serving, state).raw(everything), plain.raw(everything))


def test_points_of_another_release_count_as_far_as_it_has_the_same_tastes(fold, newcomer, tastes):
    stated = replace(tastes.preferences({"Film-Noir": 6}), tastes={"Film-Noir": 4, "Horror": 2})
    state = fold.session(newcomer, AnonymousSession(stated=stated), release_world.AS_OF)
    clusters = tastes.clusters
    share = clusters.share(clusters.points_of(state.stated.tastes))
    assert [name.key for name, own in zip(clusters.names, share, strict=True) if own] == [
        "Film-Noir"
    ]
    # of tastes that there are no more, genres and picks are left
    gone = replace(stated, tastes={"Horror": 6})
    state = fold.session(newcomer, AnonymousSession(stated=gone), release_world.AS_OF)
    assert not clusters.points_of(state.stated.tastes).any()
    assert state.exists
    assert state.row["user_genre_taste"][release_world.GENRES.index("Film-Noir")] > 0


def test_what_is_stated_is_kept_and_replaced_until_the_user_is_erased(release, redis_url):
    async def parities() -> list[set[int]]:
        redis = async_redis_client(redis_url, retries=0)
        try:
            engine = Engine(LoadedRelease.load(release.root, redis, "embedding"), EventLog(redis))
            found = []
            noir, comedy = (
                engine.preferences_from_points({key: TASTE_POINTS})
                for key in ("Film-Noir", "Comedy|Drama")
            )
            user_id = await engine.create_user({}, noir)
            found.append(await _parities(engine, user_id))
            changed = replace(comedy, elicited=(3, 4))
            await engine.set_preferences(user_id, changed)
            kept = await engine.stated_preferences(user_id)
            assert (dict(kept.tastes), list(kept.elicited)) == (
                {"Comedy|Drama": TASTE_POINTS},
                [3, 4],
            )
            found.append(await _parities(engine, user_id))
            await engine.erase(user_id)
            with pytest.raises(NotFoundError, match="deleted"):
                await engine.set_preferences(user_id, comedy)
        finally:
            await redis.aclose()
        return found

    assert asyncio.run(parities()) == [{1}, {0}]


async def _parities(engine: Engine, user_id: int) -> set[int]:
    items = (await engine.recommend(Query(user_id, limit=5, log_impression=False))).items
    return {item.movie.movie_id % 2 for item in items}
