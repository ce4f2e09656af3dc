"""Writes impressions to Redis in the background: no request waits for it, or fails with it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Literal

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from online.experiments.logging.impression import Impression
from sparrow.redis import keys

logger = logging.getLogger(__name__)

STREAM_LENGTH = 50_000
"""Impressions that the stream keeps, about a kilobyte each for lists of twenty."""

_WAITING = 10_000  # impressions that may wait to be written; what comes on top is dropped
_BATCH = 200
_BATCH_SECONDS = 0.05  # in which lists are gathered: a write costs as much for one as for ten

WriteStatus = Literal["written", "dropped"]
Count = Callable[[WriteStatus, int], None]


class ImpressionLog:
    """A bounded queue, and the task that empties it.

    Each impression is tried once: a second attempt, after an answer that was lost, could count it
    twice.
    """

    def __init__(self, redis: Redis, count: Count = lambda _fate, _number: None) -> None:
        """`redis` must not repeat commands by itself; `count` is told what became of how many."""
        self._redis = redis
        self._count = count
        self._waiting: asyncio.Queue[Impression | None] = asyncio.Queue()
        self._failing = False
        self._script = files("online.experiments.logging").joinpath("impressions.lua").read_text()

    def add(self, impression: Impression) -> None:
        """Have it written soon; dropped if too many wait already."""
        if self._waiting.qsize() >= _WAITING:
            self._count("dropped", 1)
        else:
            self._waiting.put_nowait(impression)

    async def run(self) -> None:
        """Write what comes, until `stop`."""
        running = True
        while running:
            batch = [await self._waiting.get()]
            if batch[0] is not None:
                await asyncio.sleep(_BATCH_SECONDS)
            while len(batch) < _BATCH and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            impressions = [impression for impression in batch if impression is not None]
            running = len(impressions) == len(batch)
            if impressions:
                await self._store(impressions)

    def stop(self) -> None:
        """Let `run` end, once all queued impressions are written."""
        self._waiting.put_nowait(None)

    async def _store(self, impressions: Sequence[Impression]) -> None:
        arguments: list[int | bytes] = [STREAM_LENGTH]
        for impression in impressions:
            arguments += [impression.user_id, orjson.dumps(impression)]
        status: WriteStatus = "written"
        try:
            await self._redis.eval(
                self._script, 2, keys.IMPRESSIONS, keys.DELETED_USERS, *arguments
            )
        except (RedisError, OSError, TimeoutError) as error:
            status = "dropped"
            if not self._failing:  # once, not with every list
                logger.warning("Impressions are lost", extra={"reason": str(error)})
        self._failing = status == "dropped"
        self._count(status, len(impressions))
