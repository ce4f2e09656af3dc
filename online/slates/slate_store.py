"""The slates of users' visits, shared by all processes through Redis."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from math import inf
from time import monotonic
from typing import TypeVar, cast

from redis.asyncio import Redis
from redis.commands.core import AsyncScript
from redis.exceptions import RedisError

from online.slates.slate import Slate, is_same_slate
from online.types import ResponseBasis
from online.users.user_state import UserState
from online.users.visit import TOUCH_INTERVAL_SECONDS, VISIT_SECONDS, VISIT_TTL_SECONDS
from sparrow.feedback.record import LAST_CHANGE
from sparrow.redis import keys

MAX_SLATES = 64  # of one visit; one more displaces any of them

_CACHE_SIZE = 20_000  # slates, and visits, in this process' cache
_CHANGED = LAST_CHANGE.encode()
K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True)
class StoredSlate:
    """A slate as it is stored."""

    data: bytes  # encoded
    slate: Slate
    shared: bool = True  # whether other processes see it


class SlateStore:
    """Stores slates until their user's visit ends.

    A visit is a hash in Redis, which expires half an hour after the user's last request, or up to a
    minute later. This process caches the slates that it saw: while Redis is down, they are used,
    and when Redis is back without them they are stored again.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._seen: OrderedDict[tuple[int, bytes], tuple[float, bytes]] = OrderedDict()
        self._touched: OrderedDict[int, float] = OrderedDict()

    def find(self, user: UserState, name: bytes) -> StoredSlate | None:
        """The slate with this key, as it was read together with the user."""
        user_id = _user_id(user)
        shared = _decoded(user.slates.get(name, b""))  # nothing while Redis is down
        if shared is not None:
            self._remember(user_id, name, shared.data)
            return shared
        since, data = self._seen.get((user_id, name), (-inf, b""))
        remembered = _decoded(data, shared=False)
        if remembered is None or monotonic() - since > VISIT_SECONDS:
            return None
        self._remember(user_id, name, data)
        return remembered

    async def hold(self, user: UserState, name: bytes, made: Slate, seen: bytes) -> StoredSlate:
        """Store a slate in place of the one that was `seen`, encoded, or of none.

        Returns the stored slate, which is another process' one if that was faster.
        """
        user_id, kept = _user_id(user), StoredSlate(made.encode(), made)
        if user.is_current:
            with suppress(RedisError, OSError, TimeoutError):  # the slate is in this process' cache
                data = await self._save_shared(user_id, name, seen, kept.data)
                if not is_same_slate(data, kept.data):
                    kept = _decoded(data) or kept
        self._remember(user_id, name, kept.data)
        return kept

    async def begin(self, user: UserState) -> None:
        """Begin the user's visit, so that `unchanged` also works for responses without a slate."""
        if user.is_current and _CHANGED not in user.slates:
            with suppress(RedisError, OSError, TimeoutError):
                await self._save_shared(_user_id(user), b"", b"", b"")

    async def count_shown(self, user: UserState, name: bytes, kept: StoredSlate, shown: int) -> int:
        """Store that the first `shown` ranks were shown; returns how many had been before.

        While Redis is down all count as shown before.
        """
        if shown <= kept.slate.shown:
            return kept.slate.shown
        if not user.is_current:
            return shown
        try:
            return int(await self._count([keys.session_lists(_user_id(user))], [name, shown]))
        except (RedisError, OSError, TimeoutError):
            return shown

    async def unchanged(self, basis: ResponseBasis) -> bool:
        """Whether the basis of a response is unchanged; False while Redis is down.

        Prolongs the visit. A repeated response costs one look-up of two fields.
        """
        user_id, name = basis.user_id, basis.slate_key
        try:
            version, data = await self._look_up(user_id, name)
        except (RedisError, OSError, TimeoutError):
            return False
        if version != basis.version or not is_same_slate(data, basis.slate):
            return False
        if name:
            self._remember(user_id, name, data)
        return True

    async def _look_up(self, user_id: int, name: bytes) -> tuple[bytes | None, bytes]:
        """The stamp of a visit, None if there is none, and the slate with this key or b""."""
        key = keys.session_lists(user_id)
        if monotonic() - self._touched.get(user_id, -inf) < TOUCH_INTERVAL_SECONDS:
            found = await self._redis.hmget(key, [_CHANGED, name])
        else:
            _remember_recent(self._touched, user_id, monotonic())
            async with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.hmget(key, [_CHANGED, name])
                pipeline.expire(key, VISIT_TTL_SECONDS)
                found, _ = await pipeline.execute()
        version, data = cast(list[bytes | None], found)
        return version, data or b""

    async def _save_shared(self, user_id: int, name: bytes, seen: bytes, data: bytes) -> bytes:
        """The slate that is stored in Redis now."""
        held: bytes = await self._hold(
            [keys.session_lists(user_id), keys.user_events(user_id), keys.DELETED_USERS],
            [user_id, LAST_CHANGE, name, seen, data, VISIT_TTL_SECONDS, MAX_SLATES],
        )
        return held

    def _remember(self, user_id: int, name: bytes, data: bytes) -> None:
        _remember_recent(self._seen, (user_id, name), (monotonic(), data))

    @cached_property
    def _hold(self) -> AsyncScript:
        return self._script("hold")

    @cached_property
    def _count(self) -> AsyncScript:
        return self._script("count_shown")

    def _script(self, name: str) -> AsyncScript:
        text = files("online.slates").joinpath(f"{name}.lua").read_text()
        return self._redis.register_script(text)


def _remember_recent(remembered: OrderedDict[K, V], key: K, value: V) -> None:
    """Add an entry, and evict the oldest one if there are too many."""
    remembered[key] = value
    remembered.move_to_end(key)
    if len(remembered) > _CACHE_SIZE:
        remembered.popitem(last=False)


def _decoded(data: bytes, shared: bool = True) -> StoredSlate | None:
    """None for bytes that cannot be decoded: the list is built again then."""
    try:
        return StoredSlate(data, Slate.decode(data), shared)
    except ValueError:
        return None


def _user_id(user: UserState) -> int:
    """The id of a user; anonymous users have no slates."""
    assert user.user_id is not None  # noqa: S101 - whoever asks sees to it
    return user.user_id
