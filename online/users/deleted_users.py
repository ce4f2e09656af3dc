"""Who was erased, as last known: while Redis is away, nobody else may tell of them."""

from __future__ import annotations

from redis.asyncio import Redis
from redis.exceptions import RedisError

from sparrow.errors import DependencyError
from sparrow.redis import keys


class DeletedUsers:
    """Reads the ids of erased users, whole only when there are more of them."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._known: frozenset[int] = frozenset()

    async def __call__(self) -> frozenset[int]:
        """Their ids; raises DependencyError while Redis is away."""
        try:
            if await self._redis.scard(keys.DELETED_USERS) != len(self._known):
                members = await self._redis.smembers(keys.DELETED_USERS)
                self._known = frozenset(int(member) for member in members)
        except (RedisError, OSError, TimeoutError) as error:
            raise DependencyError(f"Erased users cannot be read from Redis ({error}).") from error
        return self._known
