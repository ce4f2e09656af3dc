"""Lists hold still for a visit: until the user acts, or something else changes them."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import release_world
from real_servers import RedisServer

from online.bandits.rewards import RewardBuffer
from online.engine import recommender
from online.engine.engine import Engine
from online.experiments.assignment.assignment import variant_of
from online.experiments.assignment.bucket_layer import allocate_buckets
from online.experiments.assignment.experiment import Experiment, Method, Variant
from online.experiments.experiment_hooks import ExperimentHooks
from online.flow.merchandising import RulesFile
from online.serving.loaded_release import LoadedRelease
from online.slates import page_cache, slate_store
from online.slates.slate import MAX_BYTES
from online.types import Movie, Page, Query, Recommended
from online.users.live_update import AnonymousSession
from online.users.stated_preferences import StatedPreferences
from online.users.visit import VISIT_SECONDS, VISIT_TTL_SECONDS
from sparrow.errors import DependencyError
from sparrow.feedback.event import Event
from sparrow.feedback.event_log import EventLog
from sparrow.redis import keys
from sparrow.redis.connection import async_redis_client, redis_client

pytestmark = [pytest.mark.redis, pytest.mark.usefixtures("patient")]

SECOND = "20260103T000000-cccccc"
DISCOVER = Query(2, flow="discover", limit=20)  # a tenth of its places and more are drawn
STRANGER = 777_001
DRAMA = StatedPreferences({"Drama": 1.0})


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = RedisServer(tmp_path_factory.mktemp("v"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def published(server, tmp_path_factory):
    release = release_world.build_release(tmp_path_factory.mktemp("slate"), model=False)
    release_world.publish(release, server.url)
    return release


class Worker:
    """A process that serves: what it keeps in memory is its own, Redis is everybody's."""

    def __init__(self, release, redis, **changes) -> None:
        self.reward_buffer, self.made, self.told = RewardBuffer(), [], []
        trials = ExperimentHooks(lambda: self.experiments, self.told.append)
        self.experiments: dict[str, Experiment] = {}
        serving = replace(
            LoadedRelease.load(release.root, redis, "embedding", self.reward_buffer), **changes
        )
        self.engine = Engine(serving, EventLog(redis), self.made.append, trials)

    async def ids(self, query: Query = DISCOVER, **changes) -> list[int]:
        page = await self.engine.recommend(replace(query, **changes))
        return [item.movie.movie_id for item in page.items]

    async def act(self, kind: str, movie: int, user_id: int = 2, **more) -> Event:
        event = Event(
            user_id=user_id, type=kind, movie_id=movie, timestamp=int(time.time()), **more
        )
        assert await self.engine.record([event]) == ["stored"]
        return event

    async def undo(self, event: Event) -> None:
        back = Event(user_id=event.user_id, type="undo", undoes=event.event_id, timestamp=1)
        assert await self.engine.record([back]) == ["stored"]


@pytest.fixture
def run(server, published):
    """Runs work that is given workers by a function, on a Redis where nobody did anything yet."""

    def run(work):
        async def running():
            redis = async_redis_client(server.url, retries=0, timeout=0.5)
            for prefix in (keys.SESSION_LISTS, keys.USER_EVENTS, keys.DELETED_USERS):
                async for name in redis.scan_iter(f"{prefix}*"):
                    await redis.delete(name)
            try:
                return await work(lambda **changes: Worker(published, redis, **changes))
            finally:
                await redis.aclose()

        return asyncio.run(running())

    return run


def learns(worker: Worker) -> None:
    """The bandits learn that everybody clicks on film-noir, and pass over the rest."""
    worker.reward_buffer.table = {
        (segment, int(movie)): np.array([300.0, 300.0 * (movie % 2)])
        for segment in worker.engine.serving.rewards.names
        for movie in release_world.MOVIES
    }


def hours_later(monkeypatch, hours: float) -> None:
    now = time.time()
    monkeypatch.setattr("online.engine.engine.time.time", lambda: now + hours * 3600)


@pytest.mark.parametrize("query", [DISCOVER, Query(2), Query(STRANGER, flow="discover", limit=30)])
def test_a_list_that_is_asked_for_again_is_the_same(run, monkeypatch, query):
    async def work(worker):
        one, other = worker(), worker()
        first = await one.engine.recommend(query)
        learns(one)
        learns(other)
        hours_later(monkeypatch, 7)  # Redis' own clock says that the visit is not over
        return first, [await each.engine.recommend(query) for each in (one, other, one)]

    first, others = run(work)
    assert query.flow == "home" or any(item.propensity < 1 for item in first.items)
    for page in others:
        assert [i.movie for i in page.items] == [i.movie for i in first.items]
        assert [i.propensity for i in page.items] == [i.propensity for i in first.items]
        assert [i.reason for i in page.items] == [i.reason for i in first.items]
        assert page.total == first.total


def test_without_holding_the_same_things_do_change_it(run, monkeypatch):
    """What the test above holds against."""

    async def work(worker):
        one, other = worker(), worker()
        first = await one.ids()
        learns(other)
        hours_later(monkeypatch, 7)
        await one.engine.serving.users._redis.delete(keys.session_lists(2))
        return first, await other.ids()

    first, later = run(work)
    assert first != later


def test_a_list_that_holds_still_is_not_computed_again(run):
    async def work(worker):
        one = worker()
        for _ in range(5):
            await one.ids()
        other = worker()
        for _ in range(5):
            await other.ids()
        return len(one.made), len(other.made), len(one.told)

    assert run(work) == (1, 1, 5)


def test_two_workers_that_make_a_list_at_once_agree(run):
    async def work(worker):
        workers = [worker() for _ in range(6)]
        for each in workers[::2]:
            learns(each)
        return await asyncio.gather(*(each.ids() for each in workers))

    lists = run(work)
    assert all(one == other for one, other in pairwise(lists))


def test_pages_agree_within_what_is_held_and_beyond(run, monkeypatch):
    monkeypatch.setattr(recommender, "MAX_RANKS", 35)

    async def work(worker):
        one, other = worker(), worker()
        whole = await one.ids(limit=1000)
        pages = []
        for number, offset in enumerate(range(0, len(whole), 7)):
            learns((one, other)[number % 2])
            pages += await (one, other)[number % 2].ids(offset=offset, limit=7)
        return whole, pages, (await one.engine.recommend(DISCOVER)).total

    whole, pages, total = run(work)
    assert pages == whole
    assert len(set(whole)) == len(whole) == total > 50


@pytest.mark.parametrize("kind", ["click", "impression"])
def test_opening_a_movies_page_changes_no_list(run, kind):
    async def work(worker):
        one = worker()
        queries = [DISCOVER, Query(2)]
        before = [await one.ids(query) for query in queries]
        for movie in before[1][:5]:
            await one.act(kind, movie)
        return before, [[await w.ids(query) for query in queries] for w in (one, worker())]

    before, after = run(work)
    assert after == [before, before]


def test_a_session_follows_clicks_and_holds_still_between_them(run):
    async def work(worker):
        one, other, found = worker(), worker(), []
        for movie in (None, 3, 4, None):
            if movie is not None:
                await one.act("click", movie)
            await other.act("impression", 7)
            pages = [await w.engine.recommend(Query(2, flow="session")) for w in (one, other)]
            assert pages[0].basis is None  # a look-up knows nothing of clicks
            found += [[(item.movie, item.sources) for item in page.items] for page in pages]
        return found[::2], found[1::2], len(one.made)

    lists, others, made = run(work)
    assert lists == others
    like = [sum("similar-to-clicked" in sources for _, sources in items) for items in lists]
    assert like[0] == 0 < like[1]
    assert lists[1] != lists[2]
    assert lists[2] == lists[3]
    assert made == 3


def test_acting_changes_it_and_the_next_list_holds_again(run):
    async def work(worker):
        one, other = worker(), worker()
        lists = [await one.ids(limit=10)]
        odd = [m for m in range(41, 79, 2) if m not in release_world.rated_by(2)]
        for movie in odd[:12]:
            await one.act("rating", movie, value=5.0)
        for movie, stars in release_world.rated_by(2).items():
            if stars > 4:
                await one.act("rating", movie, value=0.5)
        for each in (other, one, other):
            lists.append(await each.ids(limit=10))
        return lists

    before, *after = run(work)
    assert after[0] != before
    assert after == [after[0]] * 3


async def made_anew(worker, act) -> bool:
    """Whether an act lets the next list be made anew, whatever is in it."""
    one, other = worker(), worker()
    before = (await one.engine.recommend(DISCOVER)).basis
    await act(one)
    after = (await other.engine.recommend(DISCOVER)).basis
    return before.slate[3:] != after.slate[3:]


@pytest.mark.parametrize("kind", ["watchlist", "view", "rating"])
def test_whatever_says_something_of_taste_is_an_act(run, kind):
    async def work(worker):
        value = {"value": 3.0} if kind == "rating" else {}
        events = []

        async def act(one):
            events.append(await one.act(kind, 77, **value))

        async def undo(one):
            await one.undo(events[0])

        return await made_anew(worker, act), await made_anew(worker, undo)

    assert run(work) == (True, True)


def test_telling_of_tastes_is_an_act(run):
    async def work(worker):
        return await made_anew(worker, lambda one: one.engine.set_preferences(2, DRAMA))

    assert run(work) is True


def test_what_is_hidden_leaves_the_others_keep_their_order_and_undo_brings_it_back(run):
    async def work(worker):
        one, other = worker(), worker()
        before = await one.ids(limit=40)
        learns(one)
        hidden = [await one.act("not_interested", before[rank]) for rank in (0, 4, 11)]
        pages = [await each.ids(limit=20) for each in (one, other, one)]
        total = (await one.engine.recommend(DISCOVER)).total
        for event in hidden:
            await one.undo(event)
        return before, pages, total, [await each.ids(limit=40) for each in (one, other)]

    before, pages, total, back = run(work)
    left = [movie for rank, movie in enumerate(before) if rank not in (0, 4, 11)]
    assert pages == [left[:20]] * 3
    assert total == len(release_world.MOVIES) - 16 - 3
    assert back == [before] * 2


def test_whoever_rates_while_paging_pages_through_the_same_list(run):
    async def work(worker):
        one, other = worker(), worker()
        whole = await one.ids(limit=60)
        for movie in whole[1:10]:
            await one.act("rating", movie, value=0.5)
        rest = [await each.ids(offset=10, limit=30) for each in (one, other)]
        return whole, rest, await one.ids(limit=60)

    whole, rest, anew = run(work)
    left = [movie for rank, movie in enumerate(whole) if rank not in range(1, 10)]
    assert rest == [left[10:40]] * 2
    assert anew != left


def test_another_release_makes_another_list(run, server, published, tmp_path):
    second = release_world.build_release(tmp_path, SECOND, model=False)
    release_world.publish(second, server.url)

    async def work(worker):
        one = worker()
        serving = LoadedRelease.load(second.root, one.engine.serving.users._redis, "embedding")
        next_one = Engine(serving, EventLog(None))
        first, switched = await one.ids(), await next_one.recommend(DISCOVER)
        learns(one)
        return first, [i.movie.movie_id for i in switched.items], await one.ids()

    first, switched, back = run(work)
    assert switched != first
    assert back == first  # rolled back within the visit


def test_a_rule_changes_it_and_without_the_rule_it_is_as_it_was(run, tmp_path):
    file = tmp_path / "rules.toml"
    rule = '[[rule]]\nname = "x"\naction = "pin"\nmovies = [{}]\nflows = ["discover"]\n'

    async def work(worker):
        lists = []
        for number, text in enumerate(["", rule.format(77), rule.format(75), ""]):
            file.write_text(text)
            workers = [worker(rules=RulesFile(file)) for _ in range(2)]
            learns(workers[number % 2])
            lists.append([await each.ids() for each in workers])
        return lists

    none, pinned, other, again = run(work)
    assert [(found[0][0], found[1][0]) for found in (pinned, other)] == [(77, 77), (75, 75)]
    assert none[0] == none[1] == again[0] == again[1]


def test_rules_changed_under_a_running_server_count_at_once(run, tmp_path):
    file = tmp_path / "rules.toml"
    file.write_text("")

    async def work(worker):
        one = worker(rules=RulesFile(file))
        page = await one.engine.recommend(DISCOVER)
        assert await one.engine.is_page_unchanged(DISCOVER, page.basis, "again")
        file.write_text(
            '[[rule]]\nname = "x"\naction = "demote"\nmovies = [2]\nflows=["discover"]\n'
        )
        return await one.engine.is_page_unchanged(DISCOVER, page.basis, "again")

    assert run(work) is False


def test_erasing_ends_the_visit_and_nothing_is_kept_of_the_user(run, server):
    async def work(worker):
        one, other = worker(), worker()
        await one.act("rating", 2, STRANGER, value=5.0)
        query = replace(DISCOVER, user_id=STRANGER)
        page = await one.engine.recommend(query)
        await other.ids(query)
        await other.engine.erase(STRANGER)
        after = [await each.engine.recommend(query) for each in (one, other)]
        repeated = await one.engine.is_page_unchanged(query, page.basis, "x")
        again = [await each.ids(query) for each in (one, other)]
        return page, after, repeated, again

    page, after, repeated, again = run(work)
    assert page.known_user
    assert not any(each.known_user for each in after)
    assert (repeated, [each.basis for each in after]) == (False, [None, None])
    assert again == [[i.movie.movie_id for i in each.items] for each in after]
    with redis_client(server.url) as redis:
        assert not redis.exists(keys.session_lists(STRANGER), keys.user_events(STRANGER))


def experiment(method=Method.SPLIT, **parameters) -> Experiment:
    made = Experiment(
        name="x",
        salt="x",
        on="discover",
        method=method,
        share=1,
        status="running",
        created_at=0,
        variants=(
            Variant(name="a", share=0.5),
            Variant(name="b", share=0.5, parameters=parameters),
        ),
    )
    return allocate_buckets(made, [])


def somebody_in(made: Experiment, variant: str) -> int:
    return next(user for user in range(1, 20) if variant_of(made, user).name == variant)


def test_an_experiment_changes_it_for_as_long_as_it_runs(run):
    made = experiment(model="signal:popularity")
    changed = replace(DISCOVER, user_id=somebody_in(made, "b"))
    control = replace(DISCOVER, user_id=somebody_in(made, "a"))

    async def work(worker):
        one, lists = worker(), []
        for running in ({}, {"x": made}, {}):
            one.experiments = running
            lists.append([await one.ids(query) for query in (changed, control, changed)])
            learns(one)
        return lists

    before, running, after = run(work)
    assert before == after
    assert running[0] == running[2] != before[0]
    assert running[1] == before[1]


def test_an_interleaved_list_holds_its_draft(run, monkeypatch):
    mixed = experiment(Method.INTERLEAVED, model="signal:popularity")

    async def pages(one, **changes):
        one.experiments = {"x": mixed}
        page = await one.engine.recommend(replace(DISCOVER, limit=30, **changes))
        ids = [item.movie.movie_id for item in page.items]
        return list(zip(ids, page.interleaving_teams, strict=True)), [
            i.propensity for i in page.items
        ]

    async def work(worker):
        one, other = worker(), worker()
        first = await pages(one)
        learns(one)
        hours_later(monkeypatch, 30)  # the draft of tomorrow throws other coins
        slate = [await pages(each) for each in (one, other)]
        await one.act("not_interested", first[0][3][0])
        hidden = [await pages(each) for each in (one, other)]
        part = (await pages(other, offset=5))[0]
        return first, slate, hidden, part

    first, slate, hidden, part = run(work)
    assert slate == [first, first]
    assert {team for _, team in first[0]} == {0, 1}
    left = first[0][:3] + first[0][4:]
    assert [each[0][:29] for each in hidden] == [left, left]
    assert part[:24] == left[5:]


def test_asking_for_others_shows_others_which_hold_still(run):
    async def work(worker):
        one, other = worker(), worker()
        query, lists = replace(DISCOVER, limit=8), []
        lists.append(await one.ids(query))
        for _ in range(5):
            lists.append(await one.ids(query, refresh=True))
            assert await one.ids(query) == await other.ids(query) == lists[-1]
        whole = await one.ids(query, limit=1000)
        return lists, whole, (await one.engine.recommend(query)).total

    lists, whole, total = run(work)
    shown = [movie for each in lists for movie in each]
    assert len(set(shown)) == len(shown) == 48  # none comes twice
    assert len(whole) == len(set(whole)) == total == len(release_world.MOVIES) - 16
    assert whole[:8] == lists[-1]


def test_others_of_a_short_list_are_those_that_are_left(run):
    async def work(worker):
        one = worker()
        query = Query(1, flow="genre", genre="Drama", limit=8)
        return [await one.ids(query, refresh=bool(turn)) for turn in range(6)]

    lists = run(work)
    assert {len(each) for each in lists} == {8}
    assert not set(lists[0]) & set(lists[1])


def test_what_was_passed_over_stays_below_when_the_user_acts(run):
    async def work(worker):
        one, query = worker(), replace(DISCOVER, limit=8)
        skipped = await one.ids(query)
        await one.ids(query, refresh=True)
        await one.act("watchlist", 78)
        return skipped, await one.ids(query)

    skipped, after = run(work)
    assert not set(skipped) & set(after)


def test_without_redis_the_list_is_made_again_as_it_was(run, server, monkeypatch):
    monkeypatch.setattr(page_cache, "MAX_ITEMS", 0)  # nothing is remembered but its record

    async def work(worker):
        one, other = worker(), worker()
        first = await one.ids()
        hidden = await one.ids(Query(3, flow="discover"))
        await one.act("not_interested", hidden[0], 3)
        await one.ids(Query(3, flow="discover"))
        learns(one)
        hours_later(monkeypatch, 9)
        server.kill()
        try:
            away = [await one.ids() for _ in range(2)]
            also_hidden = await one.ids(Query(3, flow="discover"))
            allow_unknown_user = [
                await each.ids(replace(DISCOVER, user_id=11)) for each in (other, other)
            ]
            with pytest.raises(DependencyError):
                await one.act("watchlist", 78)
        finally:
            server.start()
        back = [await each.ids() for each in (one, other)]
        return first, away, back, allow_unknown_user, hidden, also_hidden

    first, away, back, allow_unknown_user, hidden, also_hidden = run(work)
    assert away == [first, first]
    assert back == [first, first]
    assert allow_unknown_user[0] == allow_unknown_user[1]
    assert also_hidden[:19] == hidden[1:]


def test_a_list_that_was_made_while_redis_was_away_is_held_when_it_is_back(run, server):
    async def work(worker):
        one, other = worker(), worker()
        await one.ids(Query(4))  # so that the user is known
        server.kill()
        try:
            away = await one.ids(replace(DISCOVER, user_id=4))
        finally:
            server.start()
        learns(one)
        learns(other)
        return away, [await each.ids(replace(DISCOVER, user_id=4)) for each in (one, other)]

    away, back = run(work)
    assert back == [away, away]


def test_nobodys_list_is_the_same_for_half_an_hour(run, monkeypatch):
    session, query = AnonymousSession({2: 5.0, 4: 5.0}), Query(None, flow="discover")
    start = 1_800_000_000

    async def work(worker):
        lists = []
        for second in (1, VISIT_SECONDS - 1, VISIT_SECONDS + 3600):
            monkeypatch.setattr(
                "online.engine.engine.time.time", lambda second=second: start + second
            )
            page = await worker().engine.recommend_anonymous(session, query)
            assert page.basis is None
            lists.append([item.movie.movie_id for item in page.items])
        return lists

    first, again, later = run(work)
    assert first == again != later


def test_redis_keeps_a_kilobyte_of_a_list_for_half_an_hour(run, server, monkeypatch):
    async def work(worker):
        one = worker()
        for flow in ("home", "discover", "session"):
            for turn in range(9):
                await one.ids(Query(2, flow=flow, limit=30), refresh=bool(turn))

    run(work)
    with redis_client(server.url) as redis:
        visit = redis.hgetall(keys.session_lists(2))
        assert visit.pop(b"changed") == b""
        assert len(visit) == 3
        assert max(map(len, visit.values())) <= MAX_BYTES
        assert VISIT_TTL_SECONDS - 30 < redis.ttl(keys.session_lists(2)) <= VISIT_TTL_SECONDS


@pytest.mark.parametrize("how", ["read", "repeated"])
def test_every_request_lets_the_visit_go_on_and_silence_ends_it(run, monkeypatch, how):
    monkeypatch.setattr(slate_store, "TOUCH_INTERVAL_SECONDS", 0)

    async def work(worker):
        one = worker()
        redis = one.engine.serving.users._redis
        page = await one.engine.recommend(DISCOVER)
        await redis.expire(keys.session_lists(2), 30)
        if how == "read":
            await one.ids()
        else:
            assert await one.engine.is_page_unchanged(DISCOVER, page.basis, "x")
        left = await redis.ttl(keys.session_lists(2))
        await redis.delete(keys.session_lists(2))  # as if half an hour had passed
        monkeypatch.setattr(slate_store, "VISIT_SECONDS", -1)
        learns(one)
        return left, page, await one.engine.recommend(DISCOVER)

    left, page, after = run(work)
    assert left > VISIT_SECONDS - 30
    assert [i.movie for i in page.items] != [i.movie for i in after.items]


def test_a_visit_holds_so_many_lists_and_no_more(run, server, monkeypatch):
    monkeypatch.setattr(slate_store, "MAX_SLATES", 5)

    async def work(worker):
        one = worker()
        for number in range(12):
            await one.ids(Query(2, min_votes=number))
            found = await one.engine.serving.users._redis.hlen(keys.session_lists(2))
            assert found == 1 + min(number + 1, 5)

    run(work)


def test_explaining_gives_the_same_order_and_says_how_it_came(run):
    """By a process that has only the record: the same moment, the same sample_scores."""

    async def work(worker):
        first = await worker().engine.recommend(replace(DISCOVER, limit=30))
        return first, await worker().engine.recommend(replace(DISCOVER, limit=30))

    first, again = run(work)
    for one, other in zip(first.items, again.items, strict=True):
        assert other == one
    assert [s.name for s in again.trace] == [*(s.name for s in first.trace), "rerank/slate"]
    assert any("explore" in item.rank_changes for item in again.items)


def test_bandits_count_each_rank_once_and_exposures_count_each_time(run):
    async def work(worker):
        one, other = worker(), worker()
        for each in (one, other, one, other):
            await each.ids(limit=5)
        for each in (other, one):
            await each.ids(limit=5, offset=5)
        await one.ids(limit=7, log_impression=False, genre="Comedy")
        await one.ids(limit=7, genre="Comedy")
        counts = [sum(each.reward_buffer.drain().values()) for each in (one, other)]
        return counts, len(one.told) + len(other.told)

    assert run(work) == ([5 + 7, 5], 7)


def test_a_list_whose_making_failed_in_part_is_not_remembered_as_it_is(run, monkeypatch):
    async def work(worker):
        one = worker()
        flow = LoadedRelease.flow
        slow = lambda *asked: replace(flow(*asked), recall_milliseconds=0.0)  # noqa: E731
        monkeypatch.setattr(LoadedRelease, "flow", slow)
        first = await one.engine.recommend(DISCOVER)
        monkeypatch.setattr(LoadedRelease, "flow", flow)
        return first, await one.engine.recommend(DISCOVER)

    first, again = run(work)
    assert any(stage.error for stage in first.trace)
    assert first.basis is None
    assert not any(stage.error for stage in again.trace)
    assert [i.movie for i in again.items] == [i.movie for i in first.items]


def test_bytes_that_are_no_list_are_made_anew(run):
    async def work(worker):
        one, other = worker(), worker()
        name = (await one.engine.recommend(DISCOVER)).basis.slate_key
        redis = one.engine.serving.users._redis
        await redis.hset(keys.session_lists(2), name, b"of another version")
        return [await each.ids() for each in (other, worker())]

    first, again = run(work)
    assert first == again


def build_page(count: int) -> Page:
    movie = Movie(1, "", None, (), None, None, 0, None)
    items = tuple(Recommended(movie, 0.0, (), "") for _ in range(count))
    return Page(items, count, "home", "din", "r", 0.0, (), True)


def test_known_pages_are_bounded(monkeypatch):
    monkeypatch.setattr(page_cache, "MAX_ITEMS", 50)
    pages = page_cache.PageCache()
    page = build_page(10)
    for number in range(20):
        pages.put((1, b"x", number, 10, False), page_cache.CachedPage(page, b"", b""))
    assert len(pages._pages) == 4
    assert pages.get((1, b"x", 19, 10, False)) is not None
    assert pages.get((1, b"x", 0, 10, False)) is None


def test_a_repeated_answer_knows_of_everything_that_the_user_changed(run):
    async def work(worker):
        one, other = worker(), worker()
        page, same = await one.engine.recommend(DISCOVER), []
        for act in ((), ("click", 4), ("impression", 6), ("not_interested", 8)):
            if act:
                await other.act(*act)
            same.append(await one.engine.is_page_unchanged(DISCOVER, page.basis, "x"))
        return same

    assert run(work) == [True, True, True, False]


def test_ratings_of_a_user_are_the_same_until_they_change(run):
    async def work(worker):
        one, other, same = worker(), worker(), []
        history = await one.engine.history(2)
        for act in ((), ("click", 4), ("rating", 78)):
            if act:
                await other.act(*act, value=4.0)
            same.append(await one.engine.is_history_unchanged(history.basis))
        stranger = await one.act("rating", 3, STRANGER, value=4.0)
        known = await one.engine.history(stranger.user_id)
        same.append(await one.engine.is_history_unchanged(known.basis))
        await other.engine.erase(stranger.user_id)
        return [*same, await one.engine.is_history_unchanged(known.basis)]

    assert run(work) == [True, True, False, True, False]
