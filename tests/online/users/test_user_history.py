"""The history that signals are computed from: what was rated, chosen and stated, oldest first."""

from dataclasses import replace

import numpy as np
import pytest
import release_world
from release_world import rated_by

from online.users.live_update import AnonymousSession
from online.users.stated_preferences import StatedPreferences
from online.users.user_history import user_history
from online.users.user_state import interaction_records
from sparrow.signals.models.taste_clusters import POINTS_WEIGHT

pytestmark = pytest.mark.redis


@pytest.fixture
def state(request_for):
    """A user of the release."""
    return request_for(2).user


@pytest.fixture
def history(serving):
    """The history of a state, made at `at`."""

    def make(state, moment="now", at=release_world.AS_OF + 1000):
        return user_history(state, serving.catalogue, moment, at)

    return make


def movies(history):
    return release_world.MOVIES[history.item_index].tolist()


def chosen(*records):
    """(movie, seconds after the release, weight) each."""
    columns = [np.array(column) for column in zip(*records, strict=True)]
    return interaction_records(columns[0], columns[1] + release_world.AS_OF, columns[2])


def test_ratings_count_one_each_in_their_order(state, history):
    found = history(state)
    assert movies(found) == state.history["movie_id"].tolist()
    assert dict(zip(movies(found), found.rating.tolist(), strict=True)) == rated_by(2)
    assert (np.diff(found.timestamp) >= 0).all()
    assert found.weight.tolist() == [1.0] * len(found)
    assert not found.taste_points.any()


def test_what_was_chosen_without_a_rating_stands_among_the_ratings_by_its_time(state, history):
    unseen = [m for m in release_world.MOVIES.tolist() if m not in rated_by(2)]
    seen = int(state.history["movie_id"][3])
    early = interaction_records(np.array([unseen[0]]), state.history["timestamp"][:1] - 1, 1.0)
    late = chosen((unseen[1], 5, 0.5), (seen, 9, 1.0), (999_999, 9, 1.0))
    found = history(replace(state, implicit_events=np.concatenate([early, late])))
    rated = state.history["movie_id"].tolist()
    assert movies(found) == [unseen[0], *rated, unseen[1]]
    assert np.flatnonzero(np.isnan(found.rating)).tolist() == [0, len(rated) + 1]
    assert found.weight[[0, -1]].tolist() == [1.0, 0.5]
    assert found.timestamp[-1] == release_world.AS_OF + 5


def test_stated_picks_come_before_everything_and_never_twice(state, history):
    unseen = [m for m in release_world.MOVIES.tolist() if m not in rated_by(2)]
    seen = int(state.history["movie_id"][3])
    picks = ((unseen[5], 0.75), (seen, 1.0), (999_999, 1.0))
    found = history(replace(state, stated=StatedPreferences(picks=picks)))
    assert movies(found) == [unseen[5], *state.history["movie_id"].tolist()]
    assert found.weight[0] == 0.75
    assert found.timestamp[0] == found.timestamp[1]
    assert np.isnan(found.rating[0])


def test_points_for_tastes_are_shares_and_name_movies(serving, state, history):
    stated = StatedPreferences(tastes={"Film-Noir": 4, "Comedy|Drama": 2, "Horror": 9})
    newcomer = replace(state, history=state.history[:0], stated=stated)
    found = history(newcomer)
    keys = [name.key for name in serving.catalogue.fitted.tastes.names]
    shares = dict(zip(keys, found.taste_points.tolist(), strict=True))
    assert shares == {
        "Film-Noir": pytest.approx(4 / 6), "Comedy|Drama": pytest.approx(2 / 6), "@classic": 0.0
    }  # fmt: skip
    assert found.weight.sum() == pytest.approx(POINTS_WEIGHT)
    assert {movie % 2 for movie in movies(found)} == {0, 1}
    assert found.at == release_world.AS_OF + 1000
    assert set(found.timestamp.tolist()) == {found.at}


@pytest.mark.parametrize(
    ("genres", "expected"),
    [
        ({"Film-Noir": 1.0}, {"Film-Noir": 1.0}),
        ({"Comedy": 1.0, "Drama": 0.5}, {"Comedy|Drama": 1.0}),
        (
            {"Film-Noir": 0.5, "Comedy": 1.0, "Western": 1.0},
            {"Film-Noir": 1 / 3, "Comedy|Drama": 2 / 3},
        ),
        ({"Western": 1.0}, {}),
    ],
)  # fmt: skip
def test_stated_genres_are_points_for_the_tastes_that_they_name(
    serving, state, history, genres, expected
):
    newcomer = replace(state, history=state.history[:0], stated=StatedPreferences(genres))
    found = history(newcomer)
    keys = [name.key for name in serving.catalogue.fitted.tastes.names]
    shares = {k: s for k, s in zip(keys, found.taste_points.tolist(), strict=True) if s}
    assert shares == pytest.approx(expected)
    assert (len(found) > 0) == bool(expected)


def test_a_genre_that_names_no_taste_counts_for_the_nearest(serving, state):
    catalogue = serving.catalogue
    tastes = catalogue.fitted.tastes
    names = tuple(replace(name, genres=name.genres[:1]) for name in tastes.names)
    fitted = replace(catalogue.fitted, tastes=replace(tastes, names=names))
    newcomer = replace(state, history=state.history[:0], stated=StatedPreferences({"Drama": 1.0}))
    found = user_history(newcomer, replace(catalogue, fitted=fitted), "now", release_world.AS_OF)
    (taste,) = np.flatnonzero(found.taste_points)
    assert tastes.names[taste].key == "Comedy|Drama"


def test_a_catalogue_without_tastes_leaves_stated_ones_out(serving, state):
    catalogue = replace(serving.catalogue, fitted=replace(serving.catalogue.fitted, tastes=None))
    stated = StatedPreferences({"Comedy": 1.0}, tastes={"Comedy|Drama": 6})
    found = user_history(replace(state, stated=stated), catalogue, "now", release_world.AS_OF)
    assert len(found) == len(state.history)
    assert not found.taste_points.any()


@pytest.mark.parametrize(
    ("since", "moment", "expected"),
    [
        (
            None,
            "now",
            release_world.AS_OF,
        ),  # nothing is known since the release: as if it were its end
        (None, "end", release_world.AS_OF),
        (None, "last-event", None),
        (50, "now", release_world.AS_OF + 1000),
        (50, "end", release_world.AS_OF + 51),
        (50, "last-event", release_world.AS_OF + 51),
    ],
)
def test_the_moment_of_a_list(state, history, since, moment, expected):
    if since is not None:
        unseen = next(m for m in release_world.MOVIES.tolist() if m not in rated_by(2))
        state = replace(state, implicit_events=chosen((unseen, since, 1.0)))
    last = int(state.history["timestamp"][-1])
    assert history(state, moment).at == (last + 1 if expected is None else expected)


def test_a_newcomer_is_here_now_or_at_the_end_of_the_release(state, history):
    newcomer = replace(state, history=state.history[:0])
    assert history(newcomer).at == release_world.AS_OF + 1000
    assert history(newcomer, "end").at == history(newcomer, "last-event").at == release_world.AS_OF


def test_what_a_visitor_looked_at_counts_less_than_a_rating(serving, history):
    session = AnonymousSession({2: 5.0, 3: 1.0}, clicked_ids=(8, 2, 10, 8))
    state = serving.users.session(session, release_world.AS_OF + 1000)
    found = history(state)
    assert sorted(movies(found)) == [2, 3, 8, 10]
    weights = dict(zip(movies(found), found.weight.tolist(), strict=True))
    assert weights == {2: 1.0, 3: 1.0, 8: 0.5, 10: 0.5}
    assert movies(found).index(10) < movies(found).index(8)  # it was looked at again
    assert state.exists
    assert not serving.users.session(AnonymousSession(), release_world.AS_OF).exists
