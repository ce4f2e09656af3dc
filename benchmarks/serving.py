"""How long the home flow takes in this process, on the release that serves.

    python benchmarks/serving.py [--users 500] [--scorer savedmodel|embedding]

Prints p50 and p99 of the whole (one Redis round trip included) and of every stage, in milliseconds,
how many candidates were ranked, and how many users a second `sparrow recommend` would do.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import defaultdict
from time import perf_counter, process_time

import numpy as np

from online.batch.list_batches import BatchRequest, all_user_ids, lists
from online.engine.engine import Engine
from online.runtime.blas_threads import single_threaded_blas
from online.serving.loaded_release import LoadedRelease
from online.serving.release_follower import ReleaseFollower
from online.types import Query
from sparrow.feedback.event_log import EventLog
from sparrow.redis.connection import async_redis_client, redis_for
from sparrow.settings import Settings

WARM_UP = 50


async def measure(settings: Settings, url: str, users: int) -> None:
    redis = async_redis_client(url)
    releases = ReleaseFollower(
        settings.releases, redis, lambda root: LoadedRelease.load(root, redis, settings.scorer), 1.0
    )
    serving = await releases.first()
    engine, ids = Engine(serving, EventLog(redis)), all_user_ids(serving)
    chosen = np.random.default_rng(settings.seed).choice(ids, users + WARM_UP).tolist()
    whole, stages, ranked = [], defaultdict(list), []
    for turn, user_id in enumerate(chosen):
        if turn == WARM_UP:
            cpu = process_time()
        start = perf_counter()
        page = await engine.recommend(Query(user_id))
        if turn >= WARM_UP:
            whole.append((perf_counter() - start) * 1000)
            ranked += [stage.before for stage in page.trace if stage.name.startswith("score/")]
            for stage in page.trace:
                stages[stage.name].append(stage.milliseconds)
    cpu = (process_time() - cpu) * 1000 / users
    print(f"release {serving.id}, model {page.model}, {len(serving.catalogue)} movies")
    print(f"candidates ranked: median {np.median(ranked):.0f}, least {min(ranked)}")
    print(f"{'stage':<36}{'p50 ms':>9}{'p99 ms':>9}")
    for name, times in [*stages.items(), ("whole", whole)]:
        p50, p99 = np.percentile(times, [50, 99])
        print(f"{name:<36}{p50:>9.3f}{p99:>9.3f}")
    print(f"CPU time of this process, all threads: {cpu:.3f} ms a request")
    start = perf_counter()
    async for _ in lists(serving, BatchRequest(ids, Query(None, 20))):
        pass
    print(f"bulk: {len(ids) / (perf_counter() - start):.0f} users a second ({len(ids)} users)")
    await redis.aclose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=500)
    parser.add_argument("--scorer", choices=["savedmodel", "embedding"], default="savedmodel")
    options = parser.parse_args()
    settings = Settings(scorer=options.scorer)
    with redis_for(settings) as url, single_threaded_blas():  # as `sparrow serve` has it
        asyncio.run(measure(settings, url, options.users))


if __name__ == "__main__":
    main()
