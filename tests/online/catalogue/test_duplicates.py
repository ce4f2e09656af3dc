"""A data set that lists movies under several ids: lists have each of them once."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import release_world
from release_world import rated_by

from online.batch.single_source import run_source, source_names
from online.catalogue.catalogue_queries import CatalogueQueries
from online.catalogue.duplicates import Duplicates
from online.catalogue.similar_movies import nearest_items, similar
from online.engine.engine import Engine
from online.experiments.interleaving.interleaved_page import interleaved
from online.flow.flows.registry import FLOWS
from online.flow.flows.with_rules import with_rules
from online.flow.merchandising import Rule
from online.flow.rerankers.fatigue import Fatigue
from online.flow.rerankers.slate_order import SlateOrder
from online.flow.runner import rank
from online.flow.sources.similar_to_clicked import SimilarToClicked
from online.flow.stages import NO_PROVENANCE, Candidates, Scores, SourceResult
from online.reason import Reason
from online.serving.loaded_release import LoadedRelease
from online.slates.slate import Slate
from online.types import BrowseQuery, Movie, Page, Query, Recommended
from online.users.user_store import UserStore
from sparrow.feedback.event_log import EventLog
from sparrow.feedback.record import KINDS, RECORD
from sparrow.redis.connection import async_redis_client
from sparrow.signals.models.item_stats import ItemStats

pytestmark = pytest.mark.redis

UNSEEN = [
    m for m in release_world.MOVIES.tolist() if m % 2 == 0 and m not in rated_by(2) and m < 70
]
LOVED = next(m for m, stars in rated_by(2).items() if stars > 4)
PAIR = tuple(UNSEEN[:2])
THREE = tuple(UNSEEN[2:5])
OF_RATED = (LOVED, UNSEEN[5])
NAMESAKES = tuple(UNSEEN[6:8])  # IMDb knows both
REMAKES = tuple(UNSEEN[8:10])  # of the same title, each of its own year
UNDATED = tuple(UNSEEN[10:12])
GROUPS = (PAIR, THREE, OF_RATED)
FOUND_UNDER = {m: set(group) for group in GROUPS for m in group}


@pytest.fixture(scope="module")
def twins(tmp_path_factory) -> LoadedRelease:
    """The checkerboard, in which some movies have several ids; no IMDb id but for NAMESAKES."""
    folder = tmp_path_factory.mktemp("twins")
    release = release_world.build_release(folder, model=False)
    rows = pq.read_table(release.root / "movies.parquet")
    changed = rows.to_pylist()
    for row in changed:
        row |= {"imdb_id": None, "tmdb_id": None}
    for group in (*GROUPS, NAMESAKES, REMAKES, UNDATED):
        for movie in group:
            changed[movie - 1] |= {"title": f"Twin Story, {group[0]}", "year": 1999}
    changed[THREE[1] - 1]["title"] = f"TWIN story {THREE[0]}"
    for movie in NAMESAKES:
        changed[movie - 1]["imdb_id"] = str(movie)
    changed[REMAKES[1] - 1]["year"] = 1998
    for movie in UNDATED:
        changed[movie - 1]["year"] = None
    changed = pa.Table.from_pylist(changed, schema=rows.schema)
    pq.write_table(changed, release.root / "movies.parquet")
    return LoadedRelease.load(release.root, redis=None, scorer="embedding")


@pytest.fixture
def catalogue(twins):
    return twins.catalogue


@pytest.fixture
def asked(request_for, catalogue):
    """Requests over the catalogue with duplicates."""

    def asked(user_id, **query):
        return replace(request_for(user_id, **query), catalogue=catalogue)

    return asked


@dataclass(frozen=True)
class Fixed:
    """A source of the movies with these ids."""

    movies: tuple[int, ...]
    name: str = "fixed"

    def __call__(self, request):
        return SourceResult(request.catalogue.item_index(self.movies))

    def reason(self, request, cause):
        return None


@dataclass(frozen=True)
class ByOrder:
    """Scores movies by their place among ids, the first best; others are NaN."""

    movies: tuple[int, ...]
    name: str = "by-order"

    def __call__(self, request, item_index):
        ids = request.catalogue.ids[item_index].tolist()
        place = {movie: -float(place) for place, movie in enumerate(self.movies)}
        return Scores(np.array([place.get(movie, np.nan) for movie in ids]), {})


def ids(request, ranked):
    return request.catalogue.ids[ranked.candidates.item_index].tolist()


def deduplicate(movies) -> bool:
    """Whether no two of these ids are one movie."""
    names = [min(FOUND_UNDER.get(movie, {movie})) for movie in movies]
    return max(Counter(names).values(), default=1) == 1


def first_ids(movies):
    """The ids of a list that have no other id of their movie before them."""
    return [m for n, m in enumerate(movies) if not FOUND_UNDER.get(m, {m}) & set(movies[:n])]


def movie(number, title="Emma", year=1996, imdb=None, tmdb=None):
    return Movie(number, title, year, (), imdb, tmdb, 0, None)


def found(movies, count=None):
    size = len(movies)
    nothing = np.zeros(size)
    stats = ItemStats(
        count=np.array(count or [0] * size),
        mean=nothing,
        last_month=nothing,
        last_week=nothing,
        first_rated=nothing,
        year=np.array([m.year or np.nan for m in movies]),
        as_of=0,
    )
    return Duplicates.find(movies, [m.title.casefold() for m in movies], stats)


def test_the_same_title_and_year_are_one_movie_represented_by_its_best_known_id():
    movies = [movie(1), movie(2, "EMMA"), movie(3, year=1997), movie(4, "Jane"), movie(5)]
    duplicates = found(movies, [3, 9, 1, 1, 3])
    assert duplicates.group.tolist() == [1, 1, 2, 3, 1]
    assert duplicates.repeated.tolist() == [True, True, False, False, True]
    assert {group: items.tolist() for group, items in duplicates.members.items()} == {1: [1, 0, 4]}
    assert duplicates.surplus == 2


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"imdb": "1"}, {"imdb": "2"}, False),
        ({"tmdb": "1"}, {"tmdb": "2"}, False),
        ({"imdb": "1", "tmdb": "1"}, {"imdb": "1", "tmdb": "2"}, False),
        ({"imdb": "1", "tmdb": "1"}, {"imdb": "1"}, True),
        ({"imdb": "1"}, {"tmdb": "2"}, True),
        ({"imdb": "1"}, {}, True),
        ({"year": None}, {"year": None}, False),
        ({"title": ""}, {"title": ""}, False),
    ],
)
def test_external_ids_tell_movies_of_one_title_and_year_apart(one, other, same):
    duplicates = found([movie(1, **one), movie(2, **other)])
    assert bool(duplicates) == same
    assert (duplicates.group[0] == duplicates.group[1]) == same


def test_an_id_that_could_be_either_of_two_movies_joins_one_of_them():
    duplicates = found([movie(1, imdb="1"), movie(2, imdb="2"), movie(3)], [1, 5, 3])
    assert duplicates.group.tolist() == [0, 1, 1]


def test_the_catalogue_knows_its_duplicates(catalogue):
    groups = [
        sorted(catalogue.ids[items].tolist()) for items in catalogue.duplicates.members.values()
    ]
    assert sorted(groups) == sorted(map(sorted, GROUPS))


def test_without_duplicates_nothing_is_looked_at(serving):
    duplicates = serving.catalogue.duplicates
    items = np.array([3, 1, 2])
    assert not duplicates
    assert duplicates.with_duplicates(items) is items
    assert duplicates.deduplicate(items) is items
    assert duplicates.representatives(items) is items
    assert duplicates.count(items) == 3
    assert duplicates.ids_of_movie(2).tolist() == [2]


@pytest.mark.parametrize("name", FLOWS)
@pytest.mark.parametrize("user_id", [1, 2, 777])
@pytest.mark.parametrize("query", [{}, {"min_votes": 3}, {"year_from": 1999, "exclude": PAIR[:1]}])
def test_a_list_has_each_movie_once_on_whichever_pages(twins, asked, name, user_id, query):
    flow = replace(twins.flow(name, "signal:als"), recall_milliseconds=np.inf)
    query = query | {"movie_id": THREE[1], "genre": "Comedy" if name == "genre" else None}
    request = asked(user_id, limit=1000, **query)
    whole = rank(flow, request)
    movies = ids(request, whole)
    assert movies
    assert deduplicate(movies)
    assert whole.total == len(movies)
    for size in (1, 7):
        paged = []
        for offset in range(0, whole.total + size, size):
            one = replace(request, query=replace(request.query, offset=offset, limit=size))
            page = rank(flow, one)
            assert page.total == whole.total
            paged += ids(one, page)[offset : offset + size]
        assert paged == movies


def test_what_only_shares_a_title_is_in_the_list_beside_it(twins, asked):
    request = asked(2, limit=1000)
    movies = ids(request, rank(twins.flow("home", "signal:als"), request))
    assert {*NAMESAKES, *REMAKES, *UNDATED} <= set(movies)


@pytest.mark.parametrize("order", [THREE, THREE[::-1], (THREE[1], THREE[0], THREE[2])])
def test_the_best_placed_id_stays_and_the_trace_says_so(twins, asked, order):
    flow = replace(
        twins.flow("home", "signal:als"),
        sources=(Fixed((*THREE, *PAIR[:1])),),
        scorer=ByOrder((*order, *PAIR)),
        rerankers=(),
    )
    request = asked(2, limit=2)
    ranked = rank(flow, request)
    assert ids(request, ranked) == [order[0], PAIR[0]]
    (stage,) = [stage for stage in ranked.trace if stage.name == "duplicates"]
    assert (stage.before, stage.after) == (4, 2)
    assert stage.dropped == {"listed under a better placed id": 2}


def test_below_the_recalled_nothing_comes_again_under_another_id(twins, asked):
    flow = replace(
        twins.flow("home", "signal:als"),
        sources=(Fixed(PAIR[:1]),),
        scorer=ByOrder(PAIR),
        fallback=ByOrder((PAIR[1], *THREE[::-1])),
        rerankers=(),
    )
    request = asked(2, limit=1000)
    ranked = rank(flow, request)
    movies = ids(request, ranked)
    assert movies[:2] == [PAIR[0], THREE[2]]
    assert PAIR[1] not in movies
    assert deduplicate(movies)
    (below,) = [stage for stage in ranked.trace if stage.name.startswith("below/")]
    assert below.dropped == {"listed under a better placed id": 2}
    assert ranked.total == len(movies) == 1 + below.after


def test_a_list_without_duplicates_has_no_stage_for_them(serving, request_for):
    ranked = rank(serving.flow("home", "signal:als"), request_for(2, limit=1000))
    assert not [stage for stage in ranked.trace if stage.name == "duplicates"]


def done(request, how):
    """The request of a user who is done in some way with one id of THREE."""
    movie_ids = np.array(THREE[:1])
    if how in ("watched", "hidden"):
        return replace(request, user=replace(request.user, **{how: movie_ids}))
    return replace(request, query=replace(request.query, exclude=THREE[:1]))


@pytest.mark.parametrize("how", ["watched", "hidden", "exclude"])
def test_what_holds_for_one_id_holds_for_all_of_them(twins, asked, how):
    flow = twins.flow("home", "signal:als")
    request = asked(2, limit=1000)
    before, after = rank(flow, request), rank(flow, done(request, how))
    assert set(ids(request, before)) & set(THREE)
    assert not set(ids(request, after)) & set(THREE)
    assert after.total == len(after.candidates) == before.total - 1


def with_request_cache(request, *past):
    """The request of a user with this past: (movie, kind, hours ago), …"""
    recent = np.zeros(len(past), dtype=RECORD)
    for row, (movie, kind, ago) in zip(recent, past, strict=True):
        row["movie_id"], row["kind"] = movie, KINDS.index(kind)
        row["timestamp"] = release_world.AS_OF - 3600 * ago
    return replace(request, user=replace(request.user, recent=recent))


def lowered(request, *past):
    """By how many ranks fatigue lowers the id of THREE that heads a list."""
    movies = np.concatenate([THREE[1:2], np.setdiff1d(release_world.MOVIES, THREE)])
    item_index = request.catalogue.item_index(movies)
    candidates = Candidates(item_index, np.full((1, len(item_index)), NO_PROVENANCE))
    order = Fatigue()(
        with_request_cache(request, *past), candidates, np.linspace(1, 0, len(item_index))
    )
    return order.tolist().index(0)


def test_what_was_shown_under_one_id_is_lowered_under_all(asked):
    request = asked(2)
    once = lowered(request, (THREE[1], "impression", 2))
    assert once > 0
    assert lowered(request, (THREE[0], "impression", 2)) == once
    same_visit = [(movie, "impression", 2) for movie in THREE]
    assert lowered(request, *same_visit) == once
    assert lowered(request, (THREE[0], "impression", 2), (THREE[2], "impression", 5)) > once


def test_a_click_on_one_id_shows_that_its_movie_is_not_tired_of(asked):
    clicked = (THREE[2], "click", 9)
    assert lowered(asked(2), (THREE[0], "impression", 2), clicked) == 0


def test_what_was_passed_over_under_one_id_goes_below_all_others_under_any(twins, asked):
    flow = twins.flow("home", "signal:als")
    request = asked(2, limit=1000)
    before = rank(flow, request)
    passed = request.catalogue.item_index([*THREE[:1], *PAIR[:1]])
    after = rank(flow, replace(request, skipped=passed))
    assert {min(FOUND_UNDER[movie]) for movie in ids(request, after)[-2:]} == {PAIR[0], THREE[0]}
    assert deduplicate(ids(request, after))
    assert after.total == len(after.candidates) == before.total


@pytest.mark.parametrize("held", THREE)
def test_a_held_list_keeps_the_id_of_a_movie(twins, asked, held):
    others = [movie for movie in THREE if movie != held]
    flow = replace(
        twins.flow("home", "signal:als"),
        sources=(Fixed((*others, *PAIR[:1])),),
        scorer=ByOrder((*others, held, *PAIR)),
        rerankers=(SlateOrder(),),
    )
    request = asked(2, limit=1000)
    movies = request.catalogue.item_index([held, PAIR[1]])
    ranked = rank(flow, replace(request, slate=Slate(at=request.at, movies=movies)))
    assert ids(request, ranked)[:2] == [held, PAIR[1]]
    assert deduplicate(ids(request, ranked))
    assert ranked.total == len(ranked.candidates) == rank(flow, request).total


def test_rating_a_movie_marks_its_other_ids_as_seen(twins, asked):
    request = asked(2, limit=1000)
    assert OF_RATED[1] not in rated_by(2)
    flow = replace(twins.flow("home", "signal:als"), rerankers=())
    everything = replace(flow, sources=(Fixed(tuple(release_world.MOVIES)),))
    ranked = rank(everything, request)
    assert OF_RATED[1] not in ids(request, ranked)
    (stage,) = [stage for stage in ranked.trace if stage.name == "filter/already rated"]
    assert stage.dropped == {"already rated": 17}
    assert not request.eligible[request.catalogue.item(OF_RATED[1])]
    # what is computed from the history still counts each rating once
    assert len(request.rated_items) == 16


@pytest.mark.parametrize("by", ["embedding", "co-rating", "content"])
@pytest.mark.parametrize("limit", [1, 5, 20, 1000])
def test_neighbours_are_other_movies_and_each_is_there_once(catalogue, by, limit):
    for movie_id in (*THREE, PAIR[0], LOVED, 1, release_world.UNRATED):
        item = catalogue.item(movie_id)
        movies = catalogue.ids[similar(catalogue, item, by, limit)].tolist()
        assert not set(movies) & FOUND_UNDER.get(movie_id, {movie_id})
        assert deduplicate(movies)
        everybody = catalogue.ids[nearest_items(catalogue, item, by, 1000)].tolist()
        assert movies == first_ids(everybody)[:limit]


def test_the_source_of_neighbours_leaves_it_to_the_flow_which_id_stays(twins, asked):
    """The id that is nearest may have too few ratings for the query, another one enough."""
    count = {m: release_world.rating_count(m) for m in THREE}
    assert len(set(count.values())) > 1
    request = asked(777, movie_id=PAIR[0], min_votes=max(count.values()), limit=1000)
    movies = ids(request, rank(twins.flow("similar", "signal:als"), request))
    assert len(set(movies) & set(THREE)) == 1


def test_another_id_of_a_clicked_movie_is_no_neighbour_of_it(asked):
    clicked = np.zeros(1, dtype=RECORD)
    clicked["movie_id"], clicked["kind"] = PAIR[0], KINDS.index("click")
    request = asked(777)
    request = replace(request, user=replace(request.user, recent=clicked))
    movies = request.catalogue.ids[SimilarToClicked()(request).item_index]
    assert len(movies) > 20
    assert PAIR[1] not in movies


@pytest.mark.parametrize("genre", [None, "Comedy", "Drama"])
@pytest.mark.parametrize("chart", ["popular", "trending", "latest", "top-rated", "hidden-gems"])
def test_a_chart_has_each_movie_once_by_its_best_placed_id(catalogue, chart, genre):
    order = catalogue.ids[catalogue.charts[chart]].tolist()
    fits = {m.movie_id for m in catalogue.movies if genre in (None, *m.genres)}
    order = [m for m in order if m in fits]
    for limit in (1, 10, 1000):
        movies = [m.movie_id for m in CatalogueQueries(catalogue).chart(chart, genre, limit)]
        assert movies == first_ids(order)[:limit]


def test_a_taste_to_choose_has_each_movie_once(twins):
    for group in twins.tastes.groups:
        assert deduplicate([movie.movie_id for movie in group.movies])


@pytest.mark.parametrize("source", source_names(), ids=lambda source: source.name)
def test_a_source_alone_lists_each_movie_once(twins, asked, source):
    request = asked(2)
    item_index = run_source(twins.flow("home", "signal:als"), source, request)
    assert deduplicate(request.catalogue.ids[item_index].tolist())


@pytest.mark.parametrize("action", ["pin", "demote"])
def test_a_rule_means_a_movie_under_whichever_id_it_is_listed(twins, asked, action):
    rule = Rule(name="house", action=action, movies=THREE, place=2, places=3)
    flow = replace(
        twins.flow("home", "signal:als"),
        sources=(Fixed((*THREE, *PAIR, *UNSEEN[6:12])),),
        scorer=ByOrder((*PAIR, UNSEEN[6], THREE[2], *UNSEEN[7:12])),
        rerankers=(),
    )
    request = asked(2, limit=7)
    before, after = (ids(request, rank(f, request)) for f in (flow, with_rules(flow, [rule])))
    assert before.index(THREE[2]) == 2
    assert after.index(THREE[2]) == (1 if action == "pin" else 5)
    assert sorted(after) == sorted(before)


def one_id(catalogue, page):
    movies = np.array([item.movie.movie_id for item in page.items])
    return catalogue.representative_ids(movies).tolist()


def test_an_interleaved_list_has_each_movie_once(catalogue):
    def page(movies):
        items = [Recommended(catalogue.movies[m - 1], 1.0, (), Reason("popular")) for m in movies]
        return Page(tuple(items), len(items), "home", "m", "r", 0.0, (), known_user=True)

    pages = page([PAIR[0], THREE[0], 1]), page([THREE[2], PAIR[1], 3])
    for seed in range(20):
        query = Query(2, limit=10)
        mixed = interleaved(pages, query, seed, catalogue.representative_ids, {})
        drafted = dict(zip(one_id(catalogue, mixed), mixed.interleaving_teams, strict=True))
        again = interleaved(pages, query, seed + 1, catalogue.representative_ids, drafted)
        assert {repr(item) for item in again.items} == {repr(item) for item in mixed.items}
        assert [drafted[movie] for movie in one_id(catalogue, again)] == list(
            again.interleaving_teams
        )
        movies = [item.movie.movie_id for item in mixed.items]
        assert len(movies) == len(mixed.interleaving_teams) == 4
        assert deduplicate(movies)
        for movie, team in zip(movies, mixed.interleaving_teams, strict=True):
            assert movie in [item.movie.movie_id for item in pages[team].items]


def test_browsing_and_searching_show_every_id_but_what_was_seen_under_any(
    twins, redis_url, release
):
    async def look():
        redis = async_redis_client(redis_url, retries=0)
        try:
            users = UserStore(redis, release, twins.catalogue)
            engine = Engine(replace(twins, users=users), EventLog(redis))
            everything = await engine.browse(BrowseQuery(limit=1000))
            unseen = await engine.browse(BrowseQuery(limit=1000, hide_seen_by=2))
            return engine, everything, unseen, await engine.marks(2)
        finally:
            await redis.aclose()

    engine, everything, unseen, marks = asyncio.run(look())
    assert everything.total == len(everything.movies) == len(release_world.MOVIES)
    assert unseen.total == len(release_world.MOVIES) - 17
    assert not {m.movie_id for m in unseen.movies} & set(OF_RATED)
    assert {m.movie_id for m in engine.search(f"twin {THREE[0]}", 50).movies} >= set(THREE)
    assert marks.duplicates == {OF_RATED[1]}
    assert engine.other_ids(THREE[:1]) == set(THREE[1:])
