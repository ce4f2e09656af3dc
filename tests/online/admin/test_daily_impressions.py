"""What administrators see of Redis: daily_impressions lists day by day, and its streams."""

import asyncio
import time

import pytest
from real_servers import RedisServer

from online.admin.daily_impressions import daily_impressions
from online.admin.stream_status import streams
from online.bandits.reward_log import RewardLog
from online.bandits.rewards import RewardBuffer
from sparrow.redis import keys
from sparrow.redis.connection import async_redis_client

pytestmark = pytest.mark.redis
DAY = 20_000


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    server = RedisServer(tmp_path_factory.mktemp("r"))
    server.start()
    yield server.url
    server.kill()


def asked(url, question):
    """The answer of `await question(client)`."""

    async def ask():
        async with async_redis_client(url, retries=0) as client:
            return await question(client)

    return asyncio.run(ask())


async def count(client, day: int, shown: list[int], clicked: list[int]) -> None:
    reward_buffer = RewardBuffer()
    reward_buffer.shown("all", shown)
    for movie in clicked:
        reward_buffer.clicked("some|segment", movie)
    await RewardLog(client, reward_buffer, now=lambda: day * 86_400.0).sync()


def test_what_was_served_day_by_day(url):
    async def question(client):
        await count(client, DAY - 1, [1, 2, 3, 4], [2])
        await count(client, DAY, [1, 1, 9, 9], [9, 9])
        return await daily_impressions(client, {1}, DAY * 86_400.0 + 5)

    days = asked(url, question)
    assert [row.day for row in days] == list(range(DAY - 13, DAY + 1))
    yesterday, today = days[-2:]
    assert (yesterday.shown, yesterday.clicked, yesterday.movies) == (4, 1, 4)
    assert (yesterday.click_rate, yesterday.popular_share) == (0.25, 0.25)
    assert (today.movies, today.click_rate, today.popular_share) == (2, 0.5, 0.5)
    assert (days[0].click_rate, days[0].popular_share) == (None, None)


def test_streams_tell_their_length_age_and_readers(url):
    async def question(client):
        before = await streams(client)
        at = int((time.time() - 600) * 1000)
        await client.xadd(keys.IMPRESSIONS, {"user": 1}, id=f"{at}-0")
        await client.xgroup_create(keys.IMPRESSIONS, "lake", id="0")
        return before, await streams(client)

    before, (events, shown) = asked(url, question)
    for nothing in (*before, events):
        assert (nothing.length, nothing.newest, nothing.readers) == (0, None, ())
    (reader,) = shown.readers
    assert (shown.length, reader.name, reader.lag, reader.pending) == (1, "lake", 1, 0)
    assert shown.newest == pytest.approx(600, abs=60)
