"""What movies earn by being shown, counted by all serving processes in Redis.

A hash a day: `segment|movie|shown` and `segment|movie|clicked` → how often. A process adds what it
saw and reads the sum in the background, so no request waits for it; what cannot be written is lost,
which a bandit can bear.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from importlib.resources import files
from itertools import chain

import numpy as np
from redis.asyncio import Redis
from redis.exceptions import RedisError

from online.bandits.reward_buffer import RewardBuffer, Table
from sparrow.arrays import half_life_decay
from sparrow.redis import keys
from sparrow.units import DAY

logger = logging.getLogger(__name__)

DAYS = 30  # that are counted
HALF_LIFE = 7.0  # days after which a count weighs half
_BATCH = 500  # counts that a script adds at a time, so that others' commands come between


class RewardLog:
    """Keeps a tally in step with Redis."""

    def __init__(
        self,
        redis: Redis,
        reward_buffer: RewardBuffer,
        poll_seconds: float = 5.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`now` is in seconds since 1970."""
        self._redis, self._tally, self._poll_seconds, self._now = (
            redis,
            reward_buffer,
            poll_seconds,
            now,
        )
        self._past: dict[int, Mapping[bytes, bytes]] = {}  # days that nobody adds to any more
        self._stopping = asyncio.Event()
        self._script = files("online.bandits").joinpath("rewards.lua").read_text()

    async def sync(self) -> None:
        """Add what waits and read the sum; raises RedisError while Redis is away."""
        today = int(self._now()) // DAY
        waiting = list(self._tally.drain().items())
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
        self._tally.table = decayed({today - day: counts for day, counts in days.items()})

    async def follow(self) -> None:
        """Sync until `stop`."""
        while not self._stopping.is_set():
            try:
                await self.sync()
            except (RedisError, OSError, TimeoutError) as error:
                logger.warning("Rewards are not counted", extra={"reason": str(error)})
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._poll_seconds)

    def stop(self) -> None:
        """Let `follow` end."""
        self._stopping.set()


async def counts_as_of(redis: Redis, day: int) -> Table:
    """What was counted on the days before one, as it was known then; raises RedisError."""
    days = range(day - DAYS, day)
    async with redis.pipeline(transaction=False) as pipeline:
        for each in days:
            pipeline.hgetall(keys.rewards(each))
        counts = await pipeline.execute()
    return decayed({day - each: found for each, found in zip(days, counts, strict=True)})


def decayed(days: Mapping[int, Mapping[bytes, bytes]]) -> Table:
    """The counts of days, by their age in days: the older the less."""
    table: dict[tuple[str, int], np.ndarray] = {}
    for age, counts in days.items():
        weight = half_life_decay(age, HALF_LIFE)
        for name, count in counts.items():
            segment, movie_id, kind = name.decode().rsplit("|", 2)
            earned = table.setdefault((segment, int(movie_id)), np.zeros(2))
            earned[int(kind == "clicked")] += weight * int(count)
    return table
