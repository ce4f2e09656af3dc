"""Attribution comes to an end, however many lists are served meanwhile."""

import asyncio
import time

import orjson
import pytest
from real_servers import RedisServer

from online.experiments.logging.attribution import Attribution
from sparrow.redis import keys
from sparrow.redis.connection import async_redis_client

pytestmark = pytest.mark.redis


@pytest.fixture
def url(tmp_path):
    server = RedisServer(tmp_path)
    server.start()
    yield server.url
    server.kill()


def test_what_is_younger_than_its_beginning_waits_for_the_next_time(url):
    soon = int(time.time() + 3600) * 1000

    async def reached() -> bytes:
        redis = async_redis_client(url, retries=0)
        for at in (1000, soon):
            impression = {"user_id": 1, "at": at, "movies": [], "variants": {}}
            fields = {"impression": orjson.dumps(impression)}
            await redis.xadd(keys.IMPRESSIONS, fields, id=f"{at}-0")
        await Attribution(redis).catch_up()
        found = await redis.hget(keys.ATTRIBUTION_OFFSETS, "lists")
        await redis.aclose()
        return found

    assert asyncio.run(reached()) == b"1000-0"
