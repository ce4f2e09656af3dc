"""The command `sparrow recommend`: lists for many users into a file."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from online.batch.list_batches import (
    BatchRequest,
    all_user_ids,
    check_users_published,
    lists,
    read_user_ids,
)
from online.batch.list_writer import check_format, lists_writer
from online.flow.merchandising import RulesFile
from online.runtime.blas_threads import single_threaded_blas
from online.serving.loaded_release import LoadedRelease
from online.serving.release_follower import ReleaseFollower
from online.types import Query
from sparrow.errors import ConfigurationError, ReleaseError
from sparrow.redis.connection import async_redis_client, redis_for
from sparrow.settings import Settings


@dataclass(frozen=True)
class BatchOptions:
    """What the command was asked for."""

    users: str  # "all", or a file of ids
    out: Path
    query: Query
    source: str | None = None  # a recall source alone


def recommend(settings: Settings, order: BatchOptions, console: Console) -> None:
    """Write the lists.

    Raises ConfigurationError for a source together with a model: a source ranks nothing. Raises
    ReleaseError when there is no release, its users are not in Redis, or its model does
    not load: a file full of fallback lists is not what was asked for.
    """
    if order.source is not None and order.query.model is not None:
        raise ConfigurationError(
            f"Expected either a source or a model, got {order.source} and {order.query.model}: a "
            "source's list is in its own order; leave out one of the two."
        )
    check_format(order.out)
    with redis_for(settings) as url, single_threaded_blas():
        asyncio.run(_recommend(settings, order, console, url))


async def _recommend(settings: Settings, order: BatchOptions, console: Console, url: str) -> None:
    redis = async_redis_client(url)
    try:
        load = partial(LoadedRelease.load, redis=redis, scorer=settings.scorer)
        with console.status("Loading the release"):
            serving = await ReleaseFollower(settings.releases, redis, load, 1.0).first()
        serving = serving.with_rules(None if settings.rules is None else RulesFile(settings.rules))
        serving = serving.with_bandit(settings.exploration_policy)
        if serving.model_error is not None:
            raise ReleaseError(serving.model_error)
        await check_users_published(serving, redis)
        ids = all_user_ids(serving) if order.users == "all" else read_user_ids(Path(order.users))
        wanted = BatchRequest(ids, order.query, order.source)
        await _write(serving, wanted, order.out, console)
    finally:
        await redis.aclose()


async def _write(serving: LoadedRelease, wanted: BatchRequest, out: Path, console: Console) -> None:
    start, rows = perf_counter(), 0
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with lists_writer(out) as writer, Progress(*columns, console=console) as progress:
        task = progress.add_task("Recommending", total=len(wanted.user_ids))
        async for batch in lists(serving, wanted):
            writer.write_batch(batch.rows)
            rows += batch.rows.num_rows
            progress.advance(task, batch.users)
    seconds = perf_counter() - start
    console.print(
        f"[green]✓[/] {rows:,} rows for {len(wanted.user_ids):,} users in {seconds:.1f} s "
        f"({len(wanted.user_ids) / seconds:.0f} a second): {out}"
    )
