"""The streams of served lists and of events, read a page at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, cast

import orjson
from redis.asyncio import Redis

_PAGE = 1000


async def read_stream(
    redis: Redis, stream: str, field: bytes, since: int, until: int | str = "+"
) -> AsyncIterator[tuple[int, Mapping[str, Any]]]:
    """When it came, and what `field` says, of each entry from `since` to `until`, both included.

    Moments are milliseconds since 1970. Raises RedisError.
    """
    start: bytes = str(max(since, 0)).encode()
    while page := cast(
        Sequence[tuple[bytes, Mapping[bytes, bytes]]],
        await redis.xrange(stream, start, until, count=_PAGE),
    ):
        for entry, fields in page:
            yield int(entry.partition(b"-")[0]), orjson.loads(fields[field])
        start = b"(" + page[-1][0]
