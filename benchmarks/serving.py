"""How long the home flow takes in this process, on the release that serves.

    python benchmarks/serving.py [--viewers 500] [--scorer savedmodel|embedding]

Prints p50 and p99 of the whole (one Redis round trip included) and of every stage, in milliseconds,
how many candidates were ranked, and how many viewers a second `sparrow recommend` would do.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import defaultdict
from time import perf_counter, process_time

import numpy as np

from online.batch.list_batches import Wanted, all_viewers, lists
from online.engine.engine import Engine
from online.runtime.blas_threads import one_thread_a_product
from online.serving.loaded_release import Serving
from online.serving.release_follower import Releases
from online.types import Query
from sparrow.feedback.event_log import EventLog
from sparrow.redis.connection import async_redis_client, redis_for
from sparrow.settings import Settings

WARM_UP = 50


async def measure(settings: Settings, url: str, viewers: int) -> None:
    redis = async_redis_client(url)
    releases = Releases(
        settings.releases, redis, lambda root: Serving.load(root, redis, settings.scorer), 1.0
    )
    serving = await releases.first()
    engine, ids = Engine(serving, EventLog(redis)), all_viewers(serving)
    chosen = np.random.default_rng(settings.seed).choice(ids, viewers + WARM_UP).tolist()
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
    cpu = (process_time() - cpu) * 1000 / viewers
    print(f"release {serving.id}, model {page.model}, {len(serving.catalogue)} movies")
    print(f"candidates ranked: median {np.median(ranked):.0f}, least {min(ranked)}")
    print(f"{'stage':<36}{'p50 ms':>9}{'p99 ms':>9}")
    for name, times in [*stages.items(), ("whole", whole)]:
        p50, p99 = np.percentile(times, [50, 99])
        print(f"{name:<36}{p50:>9.3f}{p99:>9.3f}")
    print(f"CPU time of this process, all threads: {cpu:.3f} ms a request")
    start = perf_counter()
    async for _ in lists(serving, Wanted(ids, Query(None, 20))):
        pass
    print(f"bulk: {len(ids) / (perf_counter() - start):.0f} viewers a second ({len(ids)} viewers)")
    await redis.aclose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--viewers", type=int, default=500)
    parser.add_argument("--scorer", choices=["savedmodel", "embedding"], default="savedmodel")
    options = parser.parse_args()
    settings = Settings(scorer=options.scorer)
    with redis_for(settings) as url, one_thread_a_product():  # as `sparrow serve` has it
        asyncio.run(measure(settings, url, options.viewers))


if __name__ == "__main__":
    main()
