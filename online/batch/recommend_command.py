"""The command `sparrow recommend`: lists for many viewers into a file."""

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

from online.batch.list_batches import Wanted, all_viewers, lists, require_rows, viewers_in
from online.batch.list_writer import check_format, lists_writer
from online.flow.merchandising import RulesFile
from online.runtime.blas_threads import one_thread_a_product
from online.serving.loaded_release import Serving
from online.serving.release_follower import Releases
from online.types import Query
from sparrow.errors import ConfigurationError, ReleaseError
from sparrow.redis.connection import async_redis_client, redis_for
from sparrow.settings import Settings


@dataclass(frozen=True)
class Order:
    """What the command was asked for."""

    users: str  # "all", or a file of ids
    out: Path
    wish: Query
    channel: str | None = None  # a recall channel alone


def recommend(settings: Settings, order: Order, console: Console) -> None:
    """Write the lists.

    Raises ConfigurationError for a channel together with a model: a channel ranks nothing. Raises
    ReleaseError when there is no release, its viewers are not in Redis, or its model does
    not load: a file full of fallback lists is not what was asked for.
    """
    if order.channel is not None and order.wish.model is not None:
        raise ConfigurationError(
            f"Expected either a channel or a model, got {order.channel} and {order.wish.model}: a "
            "channel's list is in its own order; leave out one of the two."
        )
    check_format(order.out)
    with redis_for(settings) as url, one_thread_a_product():
        asyncio.run(_recommend(settings, order, console, url))


async def _recommend(settings: Settings, order: Order, console: Console, url: str) -> None:
    redis = async_redis_client(url)
    try:
        load = partial(Serving.load, redis=redis, scorer=settings.scorer)
        with console.status("Loading the release"):
            serving = await Releases(settings.releases, redis, load, 1.0).first()
        serving = serving.under(None if settings.rules is None else RulesFile(settings.rules))
        serving = serving.exploring_by(settings.exploration_policy)
        if serving.model_error is not None:
            raise ReleaseError(serving.model_error)
        await require_rows(serving, redis)
        ids = all_viewers(serving) if order.users == "all" else viewers_in(Path(order.users))
        wanted = Wanted(ids, order.wish, order.channel)
        await _write(serving, wanted, order.out, console)
    finally:
        await redis.aclose()


async def _write(serving: Serving, wanted: Wanted, out: Path, console: Console) -> None:
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
            progress.advance(task, batch.viewers)
    seconds = perf_counter() - start
    console.print(
        f"[green]✓[/] {rows:,} rows for {len(wanted.user_ids):,} viewers in {seconds:.1f} s "
        f"({len(wanted.user_ids) / seconds:.0f} a second): {out}"
    )
