"""What movies earn: counted by the engine, summed in Redis, read by every process."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest
import release_world

from online.bandits.reward_log import DAYS, HALF_LIFE, RewardLog
from online.bandits.rewards import RewardBuffer, SegmentRewards
from online.bandits.segments import NEWCOMERS, names
from online.engine.engine import Engine
from online.serving.loaded_release import LoadedRelease
from online.types import Query
from sparrow.feedback.event import Event
from sparrow.feedback.event_log import EventLog
from sparrow.redis import keys
from sparrow.redis.connection import async_redis_client
from sparrow.units import DAY

pytestmark = pytest.mark.redis

SEGMENTS = names(release_world.GENRES)
NEWCOMER = 4242  # no user of the release
COMEDY = SEGMENTS.index("Comedy")


@pytest.fixture
def with_redis(redis_url):
    """Runs what is given a client, in a Redis without counts."""

    def run(work):
        async def running():
            redis = async_redis_client(redis_url, retries=0)
            try:
                async for name in redis.scan_iter(f"{keys.REWARDS}*"):
                    await redis.delete(name)
                return await work(redis)
            finally:
                await redis.aclose()

        return asyncio.run(running())

    return run


def rewards(reward_buffer):
    return SegmentRewards(reward_buffer, SEGMENTS, release_world.MOVIES)


def test_processes_add_up_and_each_reads_the_sum(with_redis):
    async def work(redis):
        tallies = RewardBuffer(), RewardBuffer()
        logs = [RewardLog(redis, reward_buffer) for reward_buffer in tallies]
        for reward_buffer in tallies:
            rewards(reward_buffer).shown(COMEDY, [1, 2])
            rewards(reward_buffer).clicked(COMEDY, 2)
        for log in (*logs, *logs):
            await log.sync()
        return tallies

    for reward_buffer in with_redis(work):
        counts = rewards(reward_buffer)(COMEDY)
        assert counts.non_clicks[:3].tolist() == [2, 0, 0]
        assert counts.clicked[:3].tolist() == [0, 2, 0]
        assert rewards(reward_buffer)(0).non_clicks.sum() == 0


def test_counts_fade_and_expire(with_redis):
    async def work(redis):
        clock, reward_buffer = [100 * DAY], RewardBuffer()
        log, seen = RewardLog(redis, reward_buffer, now=lambda: clock[0]), []
        rewards(reward_buffer).shown(COMEDY, [1])
        for day in (0, HALF_LIFE, 2 * HALF_LIFE, DAYS):
            clock[0] = int((100 + day) * DAY)
            await log.sync()
            seen.append(float(rewards(reward_buffer)(COMEDY).non_clicks[0]))
        return seen, await redis.ttl(keys.rewards(100))

    seen, ttl = with_redis(work)
    assert seen == pytest.approx([1, 0.5, 0.25, 0])
    assert DAYS * DAY < ttl <= (DAYS + 1) * DAY


def test_a_release_without_a_movie_leaves_its_counts_out():
    reward_buffer = RewardBuffer()
    reward_buffer.table = {
        ("Comedy", 1): np.array([3.0, 1.0]),
        ("Comedy", 999): np.ones(2),
        ("Western", 1): np.ones(2),
    }
    counts = rewards(reward_buffer)(COMEDY)
    assert (counts.clicked[0], counts.non_clicks[0]) == (1.0, 2.0)
    assert counts.clicked.sum() == 1.0


def test_more_clicks_than_views_are_no_debt():
    reward_buffer = RewardBuffer()
    reward_buffer.table = {("Comedy", 1): np.array([0.0, 2.0])}
    assert rewards(reward_buffer)(COMEDY).non_clicks[0] == 0


def test_the_engine_counts_what_it_serves_and_what_is_clicked(with_redis, release):
    async def work(redis):
        reward_buffer = RewardBuffer()
        serving = LoadedRelease.load(release.root, redis, "embedding", reward_buffer)
        engine, log = Engine(serving, EventLog(redis)), RewardLog(redis, reward_buffer)
        page = await engine.recommend(Query(NEWCOMER, limit=3))
        await engine.recommend(Query(None, limit=3))  # nobody: nothing to learn for a segment
        clicked = page.items[0].movie.movie_id
        event = Event(
            user_id=NEWCOMER, type="click", movie_id=clicked, timestamp=release_world.AS_OF
        )
        for _ in range(2):  # the second time it is known
            await engine.record([event])
        await log.sync()
        await engine.erase(NEWCOMER)  # other tests share this Redis
        return page, serving.catalogue, serving.rewards(NEWCOMERS)

    page, catalogue, counts = with_redis(work)
    first, *others = catalogue.item_index([item.movie.movie_id for item in page.items])
    assert (counts.clicked[first], counts.non_clicks[first]) == (1, 0)
    assert counts.non_clicks[others].tolist() == [1, 1]
    assert counts.clicked.sum() == 1


def test_a_page_tells_the_chance_that_each_movie_had_of_its_place(with_redis, release):
    async def work(redis):
        serving = LoadedRelease.load(release.root, redis, "embedding")
        parameters = serving.release.manifest.parameters | {"explore": 0.2}
        manifest = replace(serving.release.manifest, parameters=parameters)
        exploring = replace(serving, release=replace(serving.release, manifest=manifest))
        engine = Engine(exploring, EventLog(redis))
        whole = await engine.recommend(Query(4, limit=10, at=release_world.AS_OF))
        second = await engine.recommend(Query(4, limit=5, offset=5, at=release_world.AS_OF))
        return whole.items, second.items

    whole, second = with_redis(work)
    chances = [item.propensity for item in whole]
    assert [chance < 1 for chance in chances] == [False, False, False, False, True] * 2
    assert min(chances) > 0
    assert [(i.movie.movie_id, i.propensity) for i in second] == [
        (i.movie.movie_id, i.propensity) for i in whole[5:]
    ]
