"""Experiments in a serving process: what follows, writes and counts while it serves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from online.experiments.assignment.experiment_store import Experiments, ExperimentStore
from online.experiments.experiment_admin import ExperimentAdmin
from online.experiments.experiment_hooks import ExperimentHooks
from online.experiments.logging.attribution import Attribution
from online.experiments.logging.impression_log import Count, ImpressionLog
from online.runtime.polling import PolledValue
from sparrow.redis.connection import async_redis_client

_SECONDS = 3.0  # for a command to Redis; no request waits for one


@asynccontextmanager
async def experiment_lifespan(
    url: str, count: Count
) -> AsyncIterator[tuple[ExperimentAdmin, ExperimentHooks]]:
    """The desk of administrators, and the experiments as the engine asks for them.

    `count` is told how many impressions were written and dropped. When it ends, what waits is
    written before the process goes.
    """
    async with AsyncExitStack() as stack:
        redis = async_redis_client(url, retries=0, timeout=_SECONDS)
        stack.push_async_callback(redis.aclose)
        store = ExperimentStore(redis)
        following: PolledValue[Experiments] = PolledValue(store.all, {})
        await following.refresh()
        impressions, attribution = ImpressionLog(redis, count), Attribution(redis)
        working = [
            asyncio.create_task(work)
            for work in (following.follow(), attribution.follow(), impressions.write())
        ]
        hooks = ExperimentHooks(lambda: following.value, impressions.add)
        try:
            yield ExperimentAdmin(redis, store, following, attribution), hooks
        finally:
            for part in (following, attribution, impressions):
                part.stop()
            await asyncio.gather(*working)
