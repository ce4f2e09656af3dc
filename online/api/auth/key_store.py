"""API keys in Redis."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import cast

from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from online.api.auth.api_key import ApiKey, KeyScope, digest_of, id_of, new_token
from sparrow.errors import ConfigurationError, DependencyError, NotFoundError
from sparrow.redis import keys


class KeyStore:
    """Makes, lists and revokes keys; every method raises DependencyError while Redis is away."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def all(self) -> Mapping[str, ApiKey]:
        """Every key by id; one that cannot be read opens nothing."""
        with _redis_errors():
            raw = cast(dict[bytes, bytes], await self._redis.hgetall(keys.API_KEYS))
        found = {}
        for id_, value in raw.items():
            with suppress(ValidationError):
                found[id_.decode()] = ApiKey.model_validate_json(value)
        return found

    async def create(self, name: str, subsets: Iterable[KeyScope], per_minute: int) -> str:
        """The token of a new key, which nobody can be told again.

        Raises ConfigurationError for what no key can be.
        """
        token = new_token()
        try:
            key = ApiKey(
                id=id_of(token),
                name=name,
                subsets=frozenset(subsets),
                per_minute=per_minute,
                created_at=int(time.time()),
                digest=digest_of(token),
            )
        except ValidationError as error:
            (first, *_) = error.errors()
            raise ConfigurationError(f"{first['loc'][0]}: {first['msg']}.") from error
        with _redis_errors():
            await self._redis.hset(keys.API_KEYS, key.id, key.model_dump_json())
        return token

    async def revoke(self, id_: str) -> None:
        """Let a key open nothing any more; NotFoundError if there is none of this id."""
        with _redis_errors():
            removed = await self._redis.hdel(keys.API_KEYS, id_)
        if not removed:
            raise NotFoundError(f"There is no key {id_}: `sparrow keys list` shows them.")


@contextmanager
def _redis_errors() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError, TimeoutError) as error:
        raise DependencyError(f"API keys cannot be had from Redis ({error}).") from error
