"""The command `sparrow off-policy`."""

from __future__ import annotations

import asyncio
from functools import partial

from redis.exceptions import RedisError
from rich.console import Console
from rich.table import Table

from online.experiments.off_policy.estimators import PolicyValue
from online.experiments.off_policy.policy_value import OpeQuery, OpeResult, estimate
from online.serving.loaded_release import LoadedRelease
from online.serving.release_follower import ReleaseFollower
from sparrow.errors import DependencyError, ReleaseError
from sparrow.redis.connection import async_redis_client, redis_for
from sparrow.settings import Settings


def off_policy(settings: Settings, query: OpeQuery, console: Console) -> None:
    """Print what a policy would have earned.

    Raises DataError when the log cannot tell, InvalidRequestError for names that there are not,
    ReleaseError without a release, DependencyError while Redis is away.
    """
    with redis_for(settings) as url:
        result = asyncio.run(_estimated(settings, query, url))
    _print(result, query, console)


async def _estimated(settings: Settings, query: OpeQuery, url: str) -> OpeResult:
    redis = async_redis_client(url)
    try:
        load = partial(LoadedRelease.load, redis=redis, scorer=settings.scorer)
        serving = await ReleaseFollower(settings.releases, redis, load, 1.0).first()
        if serving.model_error is not None:
            raise ReleaseError(serving.model_error)
        return await estimate(serving.with_bandit(settings.exploration_policy), redis, query)
    except (RedisError, OSError) as error:
        raise DependencyError(f"The log cannot be read from Redis ({error}).") from error
    finally:
        await redis.aclose()


def _print(result: OpeResult, query: OpeQuery, console: Console) -> None:
    columns = ("", "clicks per place", "95 % interval", "effective choices", "weights cut")
    table = Table(*columns[:1], title=f"Explored places, filled by {_name(query)}")
    for column in columns[1:]:
        table.add_column(column, justify="right")
    for name, value in {"as served": result.served, **result.estimates}.items():
        table.add_row(name, *_cells(value))
    console.print(table)
    skipped = "".join(f"; {count:,} left out: {why}" for why, count in result.skipped.items())
    console.print(
        f"{result.choices:,} drawn places of {result.lists:,} lists for {result.served.units:,} "
        f"users{skipped}."
    )
    console.print(
        f"Mean weight {result.mean_weight:.2f}: 1 where the log has all that would be chosen; far "
        "below, the estimates speak of a part of it only, and IPS is too low."
    )


def _name(query: OpeQuery) -> str:
    parts = (query.flow, query.model, query.bandit)
    return " · ".join(part for part in parts if part is not None)


def _cells(value: PolicyValue) -> tuple[str, str, str, str]:
    low, high = value.interval()
    return (
        f"{value.value:.4f}",
        f"{low:.4f} … {high:.4f}",
        f"{value.effective_size:,.0f}",
        f"{value.clipped:.1%}",
    )
