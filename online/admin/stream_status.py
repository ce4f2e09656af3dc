"""How long the streams in Redis are and how fresh."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from sparrow.redis import keys


@dataclass(frozen=True)
class ConsumerGroup:
    """A group that reads a stream."""

    name: str
    lag: int | None  # entries that it has not read; None where Redis cannot tell
    pending: int  # read and not confirmed


@dataclass(frozen=True)
class Stream:
    """One stream."""

    name: str
    length: int  # entries that it still has
    newest: float | None  # seconds since its newest entry; None for an empty one
    readers: tuple[ConsumerGroup, ...]


async def streams(redis: Redis) -> tuple[Stream, ...]:
    """Feedback and served lists; raises RedisError while Redis is away."""
    return (await _stream(redis, keys.EVENTS), await _stream(redis, keys.IMPRESSIONS))


async def _stream(redis: Redis, name: str) -> Stream:
    if not await redis.exists(name):
        return Stream(name, 0, None, ())
    length = await redis.xlen(name)
    last: Any = await redis.xrevrange(name, count=1)
    groups = await redis.xinfo_groups(name)
    seconds, microseconds = await redis.time()
    written = _written(last[0][0]) if last else None
    age = None if written is None else max(seconds + microseconds / 1e6 - written, 0.0)
    return Stream(name, length, age, tuple(_reader(group) for group in groups))


def _written(entry: bytes) -> float:
    """When an entry was written, which its id tells: seconds since 1970."""
    return int(entry.partition(b"-")[0]) / 1000


def _reader(group: dict[str, Any]) -> ConsumerGroup:
    return ConsumerGroup(group["name"].decode(), group.get("lag"), group["pending"])
