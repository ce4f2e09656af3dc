"""The background work of experiments in a serving process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from online.experiments.assignment.experiment_store import Experiments, ExperimentStore
from online.experiments.experiment_admin import ExperimentAdmin
from online.experiments.experiment_hooks import ExperimentHooks
from online.experiments.logging.attribution import Attribution
from online.experiments.logging.impression_log import Count, ImpressionLog
from online.runtime.background import running
from online.runtime.polling import PolledValue
from sparrow.redis.connection import async_redis_client

_SECONDS = 3.0  # timeout of a Redis command; no request waits for one


@asynccontextmanager
async def experiment_lifespan(
    url: str, count: Count
) -> AsyncIterator[tuple[ExperimentAdmin, ExperimentHooks]]:
    """The administration of experiments, and the engine's hooks.

    `count` is called with the number of impressions written or dropped. At the end, queued
    impressions are written.
    """
    async with AsyncExitStack() as stack:
        redis = async_redis_client(url, retries=0, timeout=_SECONDS)
        stack.push_async_callback(redis.aclose)
        store = ExperimentStore(redis)
        following: PolledValue[Experiments] = PolledValue(store.all, {})
        await following.refresh()
        impressions, attribution = ImpressionLog(redis, count), Attribution(redis)
        hooks = ExperimentHooks(lambda: following.value, impressions.add)
        async with running(following.loop, attribution.loop, impressions):
            yield ExperimentAdmin(redis, store, following, attribution), hooks
