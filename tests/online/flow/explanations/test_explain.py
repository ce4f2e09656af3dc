"""Reasons are true: they name what the score of a movie owes most to, if it owes it anything."""

from dataclasses import replace
from itertools import groupby

import numpy as np
import pytest
import release_world
from ranker_files import LinearRanker
from release_world import rated_by

from online.flow.explanations.explain import MAX_REPEATS, reasons
from online.flow.flows.home import home
from online.flow.flows.shared import FlowContext
from online.flow.flows.with_rules import with_rules
from online.flow.merchandising import Rule
from online.flow.runner import rank
from online.flow.scorers.signal_scorer import SignalScorer
from online.flow.stages import SourceResult
from online.reason import Reason
from online.users.live_update import AnonymousSession
from online.users.stated_preferences import StatedPreferences
from online.users.user_state import interaction_records
from sparrow.feedback.record import KINDS, RECORD

pytestmark = pytest.mark.redis
PERSONAL = LinearRanker({"ease": 1.0, "ease_rated": 1.0, "item2vec": 0.5, "popularity": 0.2})
AFTER_LAST = LinearRanker({"after_last": 1.0})
CROWD = LinearRanker({"popularity": 1.0})


def listed(request, scorer, *, size=20, flow=None, sources=None):
    """The movies of a page and the reason of each; no cold movie has one of its own."""
    flow = home(FlowContext(scorer)) if flow is None else flow
    chosen = tuple(s for s in flow.sources if s.name not in ("cold-movies", "latest"))
    flow = replace(flow, sources=chosen if sources is None else sources, rerankers=())
    ranked = rank(flow, request)
    made = reasons(flow, request, ranked, slice(0, size))
    assert len(made) == min(size, len(ranked.candidates))
    return request.catalogue.ids[ranked.candidates.item_index[:size]].tolist(), made


def with_deleted_users(request, movie_id):
    history = request.user.history
    left = history[history["movie_id"] != movie_id]
    return replace(request, user=replace(request.user, history=left))


@pytest.mark.parametrize("user_id", [1, 2, 3, 4, 5, 6])
def test_what_a_movie_is_said_to_be_there_for_raises_its_score(request_for, user_id):
    request = request_for(user_id)
    movies, made = listed(request, PERSONAL, size=10)
    assert sum(reason.kind == "rated" for reason in made) >= 3
    list_ = np.flatnonzero(request.eligible)
    places = np.searchsorted(list_, request.catalogue.item_index(movies))
    whole = PERSONAL.components(request.signals, list_).sum(axis=0)[places]
    for place, reason in enumerate(made):
        if reason.movie_id is None:
            continue
        assert reason.movie_id in rated_by(user_id)
        less = with_deleted_users(request, reason.movie_id)
        changed = PERSONAL.components(less.signals, list_).sum(axis=0)[places]
        assert changed[place] < whole[place]


def test_a_liked_movie_is_named_with_its_stars_and_a_disliked_one_as_watched_together(request_for):
    request = request_for(2)
    _, made = listed(request, PERSONAL)
    for reason in (r for r in made if r.movie_id is not None):
        stars = rated_by(2)[reason.movie_id]
        title = request.catalogue.movies[request.catalogue.item(reason.movie_id)].title
        if stars >= request.catalogue.like_threshold:
            assert reason == Reason(
                "rated", {"movie": title, "stars": f"{stars:g}"}, reason.movie_id
            )
        else:
            assert reason == Reason("often_with", {"movie": title}, reason.movie_id)


def test_the_same_movie_is_named_twice_in_a_row_at_most(request_for):
    request = request_for(2)
    _, made = listed(request, AFTER_LAST, size=40)
    last = int(request.user.history["movie_id"][-1])
    named = [reason.movie_id for reason in made]
    assert named.count(last) > MAX_REPEATS
    assert {r.kind for r in made if r.movie_id is not None} == {"often_with"}
    runs = [(movie, len(list(run))) for movie, run in groupby(named)]
    assert all(length <= MAX_REPEATS for movie, length in runs if movie is not None)


def test_nothing_is_owed_to_a_history_that_the_ranker_does_not_read(request_for):
    _, made = listed(request_for(2), CROWD, size=5)
    assert {reason.kind for reason in made} <= {"popular", "genre"}
    assert "popular" in {reason.kind for reason in listed(request_for(777), CROWD, size=5)[1]}
    _, made = listed(request_for(777), SignalScorer(), size=5)
    assert [reason.kind for reason in made] == ["popular"] * 5


@pytest.mark.parametrize("user_id", [1, 2])
def test_a_genre_is_named_if_it_is_the_movies_main_one_and_the_users_more_than_others(
    request_for, user_id
):
    """Even users rate comedies three times as often as film-noir, which is half of all ratings."""
    request = request_for(user_id)
    catalogue, favourite = request.catalogue, ["Film-Noir", "Comedy"][user_id % 2 == 0]
    share = np.mean([favourite in release_world.genre_names(movie) for movie in rated_by(user_id)])
    assert share > 1.3 * catalogue.genre_shares[release_world.GENRES.index(favourite)]
    movies, made = listed(request, CROWD, size=60)
    for movie, reason in zip(movies, made, strict=True):
        main = release_world.GENRES[catalogue.main_genre[catalogue.item(movie)]]
        if main == favourite:
            assert reason == Reason("genre", {"genre": favourite})
        if reason.kind == "genre":
            assert main in release_world.genre_names(movie)
            assert reason.values["genre"] == main
    few = replace(request, user=replace(request.user, history=request.user.history[:2]))
    assert "genre" not in {reason.kind for reason in listed(few, CROWD, size=60)[1]}


def test_a_stated_genre_is_named_but_never_the_movies_that_stand_for_it(request_for, serving):
    stated = StatedPreferences({"Film-Noir": 1.0})
    user = serving.users.session(AnonymousSession(stated=stated), release_world.AS_OF)
    request = replace(request_for(None), user=user)
    assert len(request.history) > 0
    movies, made = listed(request, PERSONAL)
    assert all(reason.movie_id is None for reason in made)
    noirs = [r for movie, r in zip(movies, made, strict=True) if movie % 2]
    assert noirs
    assert {reason.text for reason in noirs} == {"Fits your taste for Film-Noir"}


@pytest.mark.parametrize(
    ("how", "kind"), [("watched", "watched"), ("watchlist", "wanted"), ("clicked", "looked_at")]
)
def test_a_movie_that_was_chosen_without_a_rating_is_named_by_what_was_done_with_it(
    request_for, how, kind
):
    clicks = np.zeros(1, dtype=RECORD)
    clicks["movie_id"], clicks["kind"] = 6, KINDS.index("click")
    done = {
        "watched": {"watched": np.array([6])},
        "watchlist": {"watchlist": np.array([6])},
        "clicked": {"recent": clicks},
    }
    request = request_for(777)
    chosen = interaction_records(np.array([6]), np.array([release_world.AS_OF - 5]), 1.0)
    user = replace(request.user, implicit_events=chosen, **done[how])
    made = listed(replace(request, user=user), LinearRanker({"ease": 1.0}), size=3)[1]
    assert [reason.kind for reason in made[:2]] == [kind] * 2
    assert made[0].text.count("Funny Story, Part 6") == 1


def test_what_is_said_for_everybody_is_true_of_the_movie_by_itself(request_for):
    weights = {"popularity_30d": 1.0, "bayesian_average": 1.0, "item_recency": 1.0, "year": 1.0}
    request = request_for(777, limit=1000)
    stats, catalogue = request.catalogue.stats, request.catalogue
    movies, made = listed(request, LinearRanker(weights), size=80)
    assert {reason.kind for reason in made} >= {"acclaimed", "released", "popular", "catalogue"}
    for movie, reason in zip(movies, made, strict=True):
        item = catalogue.item(movie)
        if reason.kind == "trending":
            assert stats.last_month[item] > 0
        if reason.kind == "acclaimed":
            assert stats.bayesian_average[item] > stats.overall_mean
        if reason.kind == "added":
            assert item in catalogue.new_arrivals
        if reason.kind == "released":
            assert reason.values["year"] == str(release_world.year(movie))
            assert release_world.year(movie) >= release_world.year(80) - 1
        if reason.kind in ("popular", "catalogue"):
            known = stats.count[item] >= np.median(stats.count[stats.count > 0])
            assert known == (reason.kind == "popular")


def test_the_last_likes_make_a_reason_together_where_none_does_alone(request_for, monkeypatch):
    request = request_for(2)
    monkeypatch.setattr("online.flow.explanations.explain.GENRE_LIFT", 100.0)
    monkeypatch.setattr("online.flow.explanations.explain.RECENT_LIKES", 12)
    _, alone = listed(request, LinearRanker({"ease": 1.0}))
    explainer = "online.flow.explanations.explain._PageExplainer"
    monkeypatch.setattr(f"{explainer}._event_reasons", lambda *_: iter(()))
    _, made = listed(request, LinearRanker({"ease": 1.0}))
    assert "recent_favourites" in {reason.kind for reason in made}
    assert "rated" in {reason.kind for reason in alone}


def test_below_what_was_ranked_nobody_claims_more_than_is_known(request_for):
    request = request_for(2, limit=1000)
    flow = home(FlowContext(PERSONAL))

    class Few:
        name = "few"

        def __call__(self, request):
            return SourceResult(np.array([3, 5, 7, 9]))

        def reason(self, request, cause):
            return None

    _, made = listed(request, PERSONAL, size=70, flow=flow, sources=(Few(),))
    assert all(reason.movie_id is None for reason in made[4:])
    assert {reason.kind for reason in made[4:]} <= {"genre", "popular", "catalogue", "taste"}


def test_a_rules_own_words_come_first(request_for):
    rule = Rule(name="house", action="pin", movies=(8,), place=1, reason="Our choice")
    flow = with_rules(home(FlowContext(PERSONAL)), [rule])
    request = request_for(777)
    movies, made = listed(request, PERSONAL, size=60, flow=flow)
    assert made[movies.index(8)].text == "Our choice"
    assert [reason.kind for reason in made].count("own_words") == 1
