"""The log of lists: one that was shown again is one list, from the first time on."""

from __future__ import annotations

import asyncio

import orjson
import pytest
from real_servers import RedisServer

from online.experiments.off_policy.logged_lists import LogFilter, clicked_movies, read_log
from sparrow.redis import keys
from sparrow.redis.connection import async_redis_client

pytestmark = pytest.mark.redis

MINUTE = 60_000  # milliseconds


def impression(at, made_at, movies=(1, 2), flow="home", release="r") -> bytes:
    return orjson.dumps(
        {
            "user_id": 7,
            "at": at * MINUTE,
            "made_at": made_at,
            "flow": flow,
            "release": release,
            "movies": movies,
            "propensities": [1.0, 0.5],
            "position": 0,
            "teams": [],
        }
    )


@pytest.fixture
def redis_of(tmp_path_factory):
    server = RedisServer(tmp_path_factory.mktemp("o"))
    server.start()
    yield lambda: async_redis_client(server.url, retries=0)
    server.kill()


def test_a_list_that_was_shown_again_counts_once_with_all_its_clicks(redis_of):
    shown = [
        impression(10, made_at=600),
        impression(12, made_at=600),
        impression(13, made_at=780, movies=(1, 3)),
        impression(14, made_at=600, flow="discover"),
        impression(20, made_at=600),
        impression(21, made_at=600, release="another"),
    ]

    async def work():
        redis = redis_of()
        for number, each in enumerate(shown):
            await redis.xadd(keys.IMPRESSIONS, {"user": 7, "impression": each}, id=f"{number + 1}")
        click = {"type": "click", "user_id": 7, "movie_id": 2, "undo": False}
        await redis.xadd(keys.EVENTS, {"event": orjson.dumps(click)}, id=f"{11 * MINUTE}-1")
        log = await read_log(redis, LogFilter("r", "home"))
        clicked = await clicked_movies(redis, log.lists, click_window=3600)
        few = await read_log(redis, LogFilter("r", "home", limit=1))
        await redis.aclose()
        return log, clicked, few

    log, clicked, few = asyncio.run(work())
    assert [(each.at // MINUTE, each.movies) for each in log.lists] == [(10, [1, 2]), (13, [1, 3])]
    assert log.skipped == {"of another release": 1, "of another flow": 1, "shown again": 2}
    assert clicked == [[False, True], [False, False]]
    assert [each.movies for each in few.lists] == [[1, 2]]
