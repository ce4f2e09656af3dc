"""What the engine asks of Redis, and how often."""

import asyncio

import pytest
import worlds

from online.engine import Engine
from online.experiments.impression import Impression
from online.experiments.trials import Trials
from online.serving import Serving
from online.types import Query
from sparrow.feedback.log import EventLog
from sparrow.redis_server import async_redis_client, redis_client

pytestmark = pytest.mark.redis


def reads(url: str) -> int:
    """How many viewers Redis was asked for so far."""
    with redis_client(url) as client:
        return client.info("commandstats").get("cmdstat_hgetall", {"calls": 0})["calls"]


def test_a_visit_reads_its_viewer_once_and_the_next_one_again(release, redis_url):
    async def visit(engine: Engine) -> None:
        for genre in (None, *worlds.GENRES):
            assert (await engine.recommend(Query(2, genre=genre))).known_viewer
        assert await engine.seen(2) == worlds.rated_by(2)
        assert len((await engine.viewer(2)).ratings) == 16

    async def visits() -> list[int]:
        redis, counts = async_redis_client(redis_url, retries=0), []
        try:
            engine = Engine(Serving.load(release.root, redis, "embedding"), EventLog(redis))
            for _ in range(2):
                before = reads(redis_url)
                await visit(engine.for_one_visit())
                counts.append(reads(redis_url) - before)
        finally:
            await redis.aclose()
        return counts

    assert asyncio.run(visits()) == [2, 2]  # the release's hash and the live one


def test_what_is_asked_for_with_every_page_is_there_when_loaded(serving):
    engine = Engine(serving, EventLog(None))
    assert engine.size() == len(worlds.MOVIES)
    assert set(vars(serving)["sample_viewers"]) == set(worlds.USERS.tolist())


def test_a_list_that_is_only_looked_up_is_no_impression(release, redis_url):
    async def lists() -> list[Impression]:
        redis, seen = async_redis_client(redis_url, retries=0), []
        try:
            serving = Serving.load(release.root, redis, "embedding")
            engine = Engine(serving, EventLog(redis), trials=Trials(report=seen.append))
            for shown in (False, True):
                assert (await engine.recommend(Query(2, limit=3, shown=shown))).items
        finally:
            await redis.aclose()
        return seen

    assert [len(each.movies) for each in asyncio.run(lists())] == [3]
