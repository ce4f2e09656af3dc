"""Which release serves: one Redis key, switched in one transaction, with its history behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from redis import Redis
from redis.client import Pipeline

from sparrow.errors import ReleaseError
from sparrow.redis import keys
from sparrow.release.manifest import Manifest

_SWITCHES_KEPT = 100


@dataclass(frozen=True)
class ReleaseSwitch:
    """A moment from which another release served."""

    at: int  # seconds since 1970, by Redis' clock
    release: str


def current(client: Redis) -> str | None:
    """Id of the release that serves, None before the first was published."""
    value = client.get(keys.CURRENT)
    return None if value is None else _text(value)


def manifest(client: Redis) -> Manifest | None:
    """The manifest of the release that serves, as Redis has it; None before the first."""
    serving = current(client)
    written = client.get(keys.manifest(serving)) if serving else None
    return Manifest.from_json(_text(written)) if written else None


def activations(client: Redis) -> list[str]:
    """Ids in the order of activation, the newest first."""
    return [_text(value) for value in client.lrange(keys.ACTIVATION_HISTORY, 0, -1)]


def switches(client: Redis) -> list[ReleaseSwitch]:
    """When which release took over, the newest first; rolling back is a switch as well."""
    lines = (_text(value).split("|", 1) for value in client.lrange(keys.RELEASE_HISTORY, 0, -1))
    return [ReleaseSwitch(int(at), release) for at, release in lines]


def activate(client: Redis, release: str) -> None:
    """Lets `release` serve; it must have been written to Redis before.

    Raises ReleaseError when it was not, or not completely.
    """
    if not client.exists(keys.manifest(release)):
        raise ReleaseError(
            f"Expected release {release} in Redis, but it is not there: `sparrow releases` lists "
            "those that can be activated."
        )
    if current(client) == release:
        return  # or rolling back would go from it to itself
    now, _ = client.time()
    with client.pipeline(transaction=True) as transaction:
        _point(transaction, release, now)
        transaction.lpush(keys.ACTIVATION_HISTORY, release)
        transaction.execute()


def rollback(client: Redis) -> tuple[str, str]:
    """Lets the release that served before serve again; returns the ids left and entered.

    Raises ReleaseError when there is none, or it is no longer in Redis.
    """
    history = activations(client)
    if len(history) < 2:
        raise ReleaseError(
            "Expected an earlier release to go back to, but only one was ever activated."
        )
    left, entered = history[:2]
    if not client.exists(keys.manifest(entered)):
        raise ReleaseError(
            f"Release {entered} served before {left}, but is no longer in Redis: run `sparrow "
            "activate` with one that `sparrow releases` lists."
        )
    now, _ = client.time()
    with client.pipeline(transaction=True) as transaction:
        transaction.lpop(keys.ACTIVATION_HISTORY)
        _point(transaction, entered, now)
        transaction.execute()
    return left, entered


def purge(client: Redis, releases: Sequence[str]) -> None:
    """Removes releases from the history of activations and everything they wrote to Redis."""
    for release in releases:
        client.lrem(keys.ACTIVATION_HISTORY, 0, release)
        client.delete(keys.manifest(release))  # first, so that nobody activates what is going away
        batch: list[bytes] = []
        for key in client.scan_iter(match=f"{keys.release_prefix(release)}*", count=1000):
            batch.append(key)
            if len(batch) == 1000:
                client.unlink(*batch)
                batch.clear()
        if batch:
            client.unlink(*batch)


def _point(transaction: Pipeline, release: str, now: int) -> None:
    transaction.set(keys.CURRENT, release)
    transaction.lpush(keys.RELEASE_HISTORY, f"{now}|{release}")
    transaction.ltrim(keys.RELEASE_HISTORY, 0, _SWITCHES_KEPT - 1)


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
