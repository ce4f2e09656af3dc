"""Redis for every process: the one that the settings name, else one that Sparrow starts itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlsplit

import redis
import redis.asyncio
import redis.asyncio.retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from sparrow.errors import ConfigurationError, DependencyError
from sparrow.redis.embedded import embedded_redis, prestart_embedded_redis
from sparrow.settings import Settings

MIN_VERSION = (6, 2)  # the first with XAUTOCLAIM, GETDEL and MINID trimming of streams


@contextmanager
def redis_for(settings: Settings) -> Iterator[str]:
    """Yield the URL of a Redis that answers, for `redis_client` and `async_redis_client`.

    Without `settings.redis_url` it is a server of Sparrow's own, with its data in
    `settings.redis_dir`: started when the first process asks for it, ended with the last one that
    uses it. Raises `DependencyError` when Redis does not answer, does not start or fails the block,
    and `ConfigurationError` when it is too old or its URL is malformed.
    """
    try:
        if settings.redis_url is None:
            with embedded_redis(settings.redis_dir) as url:
                yield url
        else:
            check_redis(settings.redis_url)
            yield settings.redis_url
    except RedisError as error:
        raise DependencyError(
            f"Redis stopped answering ({error}): run the same command again."
        ) from error


@contextmanager
def prestart_redis(settings: Settings) -> Iterator[None]:
    """Start Sparrow's own Redis, if it is that one, while the block does what needs none yet."""
    if settings.redis_url is not None:
        yield
        return
    with prestart_embedded_redis(settings.redis_dir):
        yield


def redis_client(url: str, *, retries: int = 3, timeout: float = 5.0) -> redis.Redis:
    """A client that takes and gives bytes; it reconnects and repeats a command `retries` times.

    A command may therefore run twice when its answer was lost: write so that this is harmless.
    `timeout` is in seconds, for one attempt.
    """
    return redis.Redis.from_url(url, retry=Retry(_backoff(), retries), **_options(timeout))


def async_redis_client(url: str, *, retries: int = 3, timeout: float = 5.0) -> redis.asyncio.Redis:
    """The same as `redis_client` for asyncio; close it with `aclose()`."""
    retry = redis.asyncio.retry.Retry(_backoff(), retries)
    return redis.asyncio.Redis.from_url(url, retry=retry, **_options(timeout))


def check_redis(url: str) -> None:
    """Make sure that Redis at `url` answers and is new enough; raises as `redis_for` says."""
    try:
        # An old server knows only the old protocol, and must get as far as naming its version.
        client = redis.Redis.from_url(url, protocol=2, **_options(timeout=5.0))
    except ValueError as error:
        raise ConfigurationError(
            f"SPARROW_REDIS_URL is no Redis address ({error}); expected for example "
            "redis://localhost:6379/0, rediss://… or unix:///path/to/socket."
        ) from error
    with closing(client):
        try:
            info = client.info("server")
        except RedisError as error:
            raise DependencyError(
                f"Redis at {_without_password(url)} does not answer ({error}); start it or correct "
                "SPARROW_REDIS_URL, or unset it and Sparrow starts a Redis of its own."
            ) from error
    require_version(info, _without_password(url))


def require_version(info: Mapping[str, Any], where: str) -> None:
    """Raise `ConfigurationError` if the server that answered INFO with `info` is too old."""
    version = str(info.get("redis_version", "unknown"))
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if numbers is None or (int(numbers[1]), int(numbers[2])) < MIN_VERSION:
        raise ConfigurationError(
            f"Redis at {where} is of version {version}, need {MIN_VERSION[0]}.{MIN_VERSION[1]} or "
            "newer; "
            "upgrade it, or unset SPARROW_REDIS_URL and Sparrow starts a Redis of its own."
        )


def _options(timeout: float) -> dict[str, Any]:
    return {
        "decode_responses": False,
        "socket_timeout": timeout,
        "socket_connect_timeout": min(timeout, 2.0),
        "health_check_interval": 30,
    }


def _backoff() -> ExponentialWithJitterBackoff:
    return ExponentialWithJitterBackoff(base=0.05, cap=0.5)


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    address = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{address}{parts.path}"
