"""Readiness of this process and the state of its dependencies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from redis.asyncio import Redis
from redis.exceptions import RedisError

from online.serving.loaded_release import LoadedRelease
from online.serving.release_follower import ReleaseFollower


@dataclass(frozen=True)
class Dependency:
    """A dependency of serving."""

    state: Literal["ok", "degraded"]
    detail: str


@dataclass(frozen=True)
class Readiness:
    """A degraded process still answers, from memory and without the part that is named."""

    status: Literal["ready", "degraded"]
    release: str
    dependencies: dict[str, Dependency]


async def readiness(redis: Redis, releases: ReleaseFollower, serving: LoadedRelease) -> Readiness:
    """Checks each dependency now."""
    found = {
        "redis": await _redis(redis),
        "release": _state(releases.problem, serving.id),
        "model": _state(serving.model_error, serving.models[0]),
    }
    if serving.remote_scorer is not None:
        found["tfserving"] = _state(serving.remote_scorer.problem, "ranks")
    ready = all(dependency.state == "ok" for dependency in found.values())
    return Readiness("ready" if ready else "degraded", serving.id, found)


async def _redis(redis: Redis) -> Dependency:
    try:
        await redis.ping()
    except (RedisError, OSError, TimeoutError) as error:
        return Dependency("degraded", f"Users are treated as unknown: {error}")
    return Dependency("ok", "answers")


def _state(problem: str | None, fine: str) -> Dependency:
    return Dependency("ok", fine) if problem is None else Dependency("degraded", problem)
