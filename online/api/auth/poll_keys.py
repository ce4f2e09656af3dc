"""Keys in a serving process: known before the first request, followed while it serves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from online.api.auth.authenticator import Authenticator, Keys
from online.api.auth.key_store import KeyStore
from online.runtime.polling import PolledValue
from sparrow.redis.connection import async_redis_client

_SECONDS = 3.0  # for a command to Redis; no request waits for one


@asynccontextmanager
async def poll_keys(url: str, authenticator: Authenticator) -> AsyncIterator[None]:
    """Let `authenticator` know the keys; one that is revoked opens nothing a second later."""
    async with AsyncExitStack() as stack:
        redis = async_redis_client(url, retries=0, timeout=_SECONDS)
        stack.push_async_callback(redis.aclose)
        keys: Keys = PolledValue(KeyStore(redis).all, {})
        await keys.refresh()
        authenticator.use_keys(keys)
        following = asyncio.create_task(keys.follow())
        try:
            yield
        finally:
            keys.stop()
            await following
