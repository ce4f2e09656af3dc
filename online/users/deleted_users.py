"""Ids of deleted users, as last known: while Redis is down, nobody else may be read from files."""

from __future__ import annotations

from redis.asyncio import Redis
from redis.exceptions import RedisError

from sparrow.errors import DependencyError
from sparrow.redis import keys


class DeletedUsers:
    """Reads the ids of deleted users; reads all again only when their number has grown."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._known: frozenset[int] = frozenset()

    async def __call__(self) -> frozenset[int]:
        """The ids; raises DependencyError while Redis is down."""
        try:
            if await self._redis.scard(keys.DELETED_USERS) != len(self._known):
                members = await self._redis.smembers(keys.DELETED_USERS)
                self._known = frozenset(int(member) for member in members)
        except (RedisError, OSError, TimeoutError) as error:
            raise DependencyError(f"Erased users cannot be read from Redis ({error}).") from error
        return self._known
