"""API keys in a serving process: read before the first request, polled while it serves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from online.api.auth.authenticator import Authenticator, Keys
from online.api.auth.key_store import KeyStore
from online.runtime.background import running
from online.runtime.polling import PolledValue
from sparrow.redis.connection import async_redis_client

_SECONDS = 3.0  # timeout of a Redis command; no request waits for one


@asynccontextmanager
async def poll_keys(url: str, authenticator: Authenticator) -> AsyncIterator[None]:
    """Give `authenticator` the keys; a revoked one is refused within a second."""
    async with AsyncExitStack() as stack:
        redis = async_redis_client(url, retries=0, timeout=_SECONDS)
        stack.push_async_callback(redis.aclose)
        keys: Keys = PolledValue(KeyStore(redis).all, {})
        await keys.refresh()
        authenticator.use_keys(keys)
        async with running(keys.loop):
            yield
