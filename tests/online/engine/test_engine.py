"""What the engine asks of Redis, and how often."""

import asyncio

import pytest
import release_world

from online.engine.engine import Engine
from online.experiments.experiment_hooks import ExperimentHooks
from online.experiments.logging.impression import Impression
from online.serving.loaded_release import LoadedRelease
from online.types import Query
from online.users.user_store import UserStore
from sparrow.feedback.event_log import EventLog
from sparrow.redis.connection import async_redis_client

pytestmark = pytest.mark.redis


@pytest.fixture
def asked_for(monkeypatch) -> list[int]:
    """The users that Redis is asked for; others ask it too, but not by this store."""
    found, many = [], UserStore.get_many

    async def counted(self, user_ids, before=None, **more):
        found.extend(user_ids)
        return await many(self, user_ids, before, **more)

    monkeypatch.setattr(UserStore, "get_many", counted)
    return found


def test_a_visit_reads_its_user_once_and_the_next_one_again(release, redis_url, asked_for):
    async def visit(engine: Engine) -> None:
        for genre in (None, *release_world.GENRES):
            assert (await engine.recommend(Query(2, genre=genre))).known_user
        assert await engine.seen(2) == release_world.rated_by(2)
        assert len((await engine.user(2)).ratings) == 16

    async def visits() -> None:
        redis = async_redis_client(redis_url, retries=0)
        try:
            engine = Engine(LoadedRelease.load(release.root, redis, "embedding"), EventLog(redis))
            for visited in (1, 2):
                await visit(engine.with_request_cache())
                assert asked_for == [2] * visited
        finally:
            await redis.aclose()

    asyncio.run(visits())


def test_what_is_asked_for_with_every_page_is_there_when_loaded(serving):
    engine = Engine(serving, EventLog(None))
    assert engine.size() == len(release_world.MOVIES)
    assert set(vars(serving)["sample_users"]) == set(release_world.USERS.tolist())


def test_a_list_that_is_only_looked_up_is_no_impression(release, redis_url):
    async def lists() -> list[Impression]:
        redis, seen = async_redis_client(redis_url, retries=0), []
        try:
            serving = LoadedRelease.load(release.root, redis, "embedding")
            engine = Engine(serving, EventLog(redis), hooks=ExperimentHooks(report=seen.append))
            for shown in (False, True):
                assert (await engine.recommend(Query(2, limit=3, log_impression=shown))).items
        finally:
            await redis.aclose()
        return seen

    assert [len(each.movies) for each in asyncio.run(lists())] == [3]
