"""Impressions and clicks of movies, summed over all serving processes in Redis.

A hash a day: `segment|movie|shown` and `segment|movie|clicked` → count. A process adds its counts
and reads the sums in the background, so that no request waits; counts that cannot be written are
lost.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from itertools import chain

import numpy as np
from redis.asyncio import Redis

from online.bandits.rewards import RewardBuffer, Table
from online.runtime.background import BackgroundLoop
from sparrow.arrays import half_life_decay
from sparrow.redis import keys
from sparrow.units import DAY

DAYS = 30  # that are counted
HALF_LIFE = 7.0  # days after which a count weighs half
_BATCH = 500  # counts that a script adds at a time, so that others' commands come between


class RewardLog:
    """Synchronises a reward buffer with Redis."""

    def __init__(
        self,
        redis: Redis,
        reward_buffer: RewardBuffer,
        poll_seconds: float = 5.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`now` is in seconds since 1970."""
        self._redis, self._buffer, self._now = redis, reward_buffer, now
        self._past: dict[int, Mapping[bytes, bytes]] = {}  # days that nobody adds to any more
        self.loop = BackgroundLoop(self.sync, poll_seconds, "Rewards are not counted")
        self._script = files("online.bandits").joinpath("rewards.lua").read_text()

    async def sync(self) -> None:
        """Add the buffer's counts and read the sums; raises RedisError while Redis is down."""
        today = int(self._now()) // DAY
        waiting = list(self._buffer.drain().items())
        missing = [day for day in range(today - DAYS + 1, today + 1) if day not in self._past]
        async with self._redis.pipeline(transaction=False) as pipeline:
            # a command for each of some thousand names would hold up requests for long
            for start in range(0, len(waiting), _BATCH):
                added: Iterator[str | int] = chain.from_iterable(waiting[start : start + _BATCH])
                pipeline.eval(self._script, 1, keys.rewards(today), *added)
            pipeline.expire(keys.rewards(today), (DAYS + 1) * DAY)
            for day in missing:
                pipeline.hgetall(keys.rewards(day))
            read = (await pipeline.execute())[-len(missing) :]
        days = self._past | dict(zip(missing, read, strict=True))
        days = {day: counts for day, counts in days.items() if today - DAYS < day}
        self._past = {day: counts for day, counts in days.items() if day < today - 1}
        self._buffer.table = decayed({today - day: counts for day, counts in days.items()})


async def counts_as_of(redis: Redis, day: int) -> Table:
    """The counts as known at the start of `day` (days since 1970); raises RedisError."""
    days = range(day - DAYS, day)
    async with redis.pipeline(transaction=False) as pipeline:
        for each in days:
            pipeline.hgetall(keys.rewards(each))
        counts = await pipeline.execute()
    return decayed({day - each: found for each, found in zip(days, counts, strict=True)})


def decayed(days: Mapping[int, Mapping[bytes, bytes]]) -> Table:
    """Sums of the counts by their age in days, with exponential decay."""
    table: dict[tuple[str, int], np.ndarray] = {}
    for age, counts in days.items():
        weight = half_life_decay(age, HALF_LIFE)
        for name, count in counts.items():
            segment, movie_id, kind = name.decode().rsplit("|", 2)
            earned = table.setdefault((segment, int(movie_id)), np.zeros(2))
            earned[int(kind == "clicked")] += weight * int(count)
    return table
