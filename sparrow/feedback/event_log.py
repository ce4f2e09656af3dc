"""The log of feedback in Redis: written atomically, acknowledged when it is on the disk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal
from uuid import uuid4

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from sparrow.errors import DependencyError
from sparrow.feedback.event import Event
from sparrow.feedback.record import (
    CHANGE_MARKERS,
    FILTER_ONLY_TYPES,
    PROFILE,
    RECENT,
    RECORD,
    UNDONE,
    encode_record,
    field_of,
)
from sparrow.redis import keys
from sparrow.units import WEEK

WriteResult = Literal["stored", "repeated", "erased", "unknown"]
"""Of an event: stored now, stored before, of an erased user, or undoing what is not known."""

PERIOD_SECONDS = WEEK
"""A repeat is known, and an event can be undone by its id, for at least so long."""

_DISK_MILLISECONDS = 1000
_GIVE_UP_SECONDS = 5.0  # reconnecting to a Redis that hangs takes many times its time limit


@dataclass(frozen=True)
class WriteCommand:
    """What one event changes: a field of its user's live hash, and the stream."""

    user_id: int
    event_id: bytes  # (16,)
    field: str
    value: bytes
    keep: int  # records of the field; 0 replaces it
    payload: bytes  # JSON for the stream
    undoes: bytes = b""  # the id of the event that it takes back


def write_command(event: Event) -> WriteCommand:
    """A rating, view … or undo as an entry."""
    payload = orjson.dumps(event.model_dump(mode="json"))
    if event.undoes is not None:
        return WriteCommand(
            event.user_id, event.event_id.bytes, "undo", b"", 1, payload, event.undoes.bytes
        )
    field, keep = field_of(event)
    return WriteCommand(
        event.user_id, event.event_id.bytes, field, encode_record(event), keep, payload
    )


def profile_write_command(user_id: int, profile: Mapping[str, Any], now: int) -> WriteCommand:
    """What a new user told of themselves; `now` is in seconds since 1970."""
    event_id = uuid4()
    event = {"user_id": user_id, "type": "profile", "timestamp": now, "profile": profile}
    payload = orjson.dumps({"event_id": str(event_id), **event})
    return WriteCommand(user_id, event_id.bytes, PROFILE, orjson.dumps(profile), 0, payload)


class EventLog:
    """Writes what users do.

    Every method raises DependencyError unless Redis has what was written on its disk; doing the
    same again is harmless.
    """

    def __init__(self, redis: Redis, give_up: float = _GIVE_UP_SECONDS) -> None:
        """`give_up`: seconds after which Redis counts as away."""
        self._redis = redis
        self._give_up = give_up
        self._store, self._erase, self._allocate_user_id = (
            files("sparrow.feedback").joinpath(f"{name}.lua").read_text()
            for name in ("store_events", "delete_user", "allocate_user_id")
        )

    async def store(self, entries: Sequence[WriteCommand]) -> list[WriteResult]:
        """Stores entries, all in one atomic call; returns what became of each."""
        if not entries:
            return []
        period = int(time.time()) // PERIOD_SECONDS
        names = [keys.EVENTS, keys.DELETED_USERS, *_names(entries, period)]
        arguments: list[Any] = [
            RECORD.itemsize,
            UNDONE,
            2 * PERIOD_SECONDS,
            RECENT,
            *CHANGE_MARKERS,
        ]
        arguments.append(f" {' '.join(FILTER_ONLY_TYPES)} ")
        for e in entries:
            arguments += [e.user_id, e.event_id, e.field, e.value, e.keep, e.payload, e.undoes]
        outcomes = await self._write_durably(self._store, names, arguments)
        return [outcome.decode() for outcome in outcomes]

    async def erase(self, user_id: int) -> None:
        """Deletes every key of a user and what the stream still has; leaves a tombstone."""
        now = int(time.time())
        event = {"event_id": str(uuid4()), "user_id": user_id, "type": "erase", "timestamp": now}
        period = now // PERIOD_SECONDS
        hashes = [
            keys.user_events(user_id),
            *(keys.event_ids(user_id, p) for p in (period, period - 1)),
        ]
        start, end = keys.user("\n", user_id).split("\n")
        await self._write_durably(
            self._erase,
            [
                keys.EVENTS,
                keys.DELETED_USERS,
                *hashes,
                keys.ACTIVATION_HISTORY,
                keys.IMPRESSIONS,
                keys.EXPERIMENTS,
                keys.session_lists(user_id),
            ],
            [user_id, orjson.dumps(event), start, end, keys.EXPERIMENT_OUTCOMES],
        )

    async def allocate_user_id(self, largest: int) -> int:
        """An id for a new user, above `largest`, that of the data set; nobody else gets it."""
        names = [keys.LAST_USER_ID, keys.DELETED_USERS]
        return int(
            await self._write_durably(self._allocate_user_id, names, [largest, keys.USER_EVENTS])
        )

    async def _write_durably(
        self, script: str, names: Sequence[str], arguments: Iterable[Any]
    ) -> Any:
        try:
            async with asyncio.timeout(self._give_up):
                return await self._execute(script, names, arguments)
        except (RedisError, OSError, TimeoutError) as error:
            why = str(error) or "no answer in time"
            raise DependencyError(
                f"Expected to store feedback in Redis, but it failed ({why}): send it again."
            ) from error

    async def _execute(self, script: str, names: Sequence[str], arguments: Iterable[Any]) -> Any:
        async with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.eval(script, len(names), *names, *arguments)
            pipeline.execute_command("WAITAOF", 1, 0, _DISK_MILLISECONDS)
            answer, synced = await pipeline.execute(raise_on_error=False)
        if isinstance(answer, Exception):
            raise answer
        await self._check_disk(synced)
        return answer

    async def _check_disk(self, synced: Any) -> None:
        """Raises DependencyError if what was written could be lost with Redis' process."""
        if isinstance(synced, ResponseError):  # older than 7.2, or keeps no file at all
            info = await self._redis.info("persistence")
            if info.get("aof_enabled"):
                return
            raise DependencyError(
                "Expected a Redis that keeps what it is told, but it has no append-only file: set "
                "`appendonly yes` and `appendfsync always`."
            )
        if isinstance(synced, Exception):
            raise synced
        if synced[0] < 1:
            raise DependencyError(
                f"Feedback did not reach Redis' disk within {_DISK_MILLISECONDS} ms: send it again."
            )


def _names(entries: Sequence[WriteCommand], period: int) -> Iterator[str]:
    for entry in entries:
        yield keys.user_events(entry.user_id)
        yield keys.event_ids(entry.user_id, period)
        yield keys.event_ids(entry.user_id, period - 1)
        yield keys.session_lists(entry.user_id)
