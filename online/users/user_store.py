"""Reads users from the feature store, in one round trip to Redis per request."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from math import inf
from time import monotonic

import numpy as np
import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from online.catalogue.catalogue import Catalogue
from online.runtime.arrow import to_numpy
from online.users import staleness
from online.users.live_update import AnonymousSession, UserStateUpdater
from online.users.release_user_reader import ReleaseUserReader, read_users
from online.users.stated_preferences import StatedPreferences
from online.users.user_state import UserState
from online.users.visit import VISIT_TTL_SECONDS
from sparrow.errors import DependencyError, FingerprintError
from sparrow.features.declarations import Entity, FeatureSet
from sparrow.features.folds import user_rows
from sparrow.features.rating_events import Events
from sparrow.features.row_codec import RowCodec, decode_history, decode_vector
from sparrow.features.visibility import PastEvents
from sparrow.feedback.event import MAX_ID
from sparrow.feedback.record import LAST_CHANGE, LAST_PREFERENCE_CHANGE, PROFILE, decode_records
from sparrow.redis import keys
from sparrow.release.release_folder import Release

logger = logging.getLogger(__name__)

Hash = Mapping[bytes, bytes]

_CACHED_USERS = 5_000  # kept for an outage of Redis
_CACHE_SECONDS = 600.0  # validity of these


class UserStore:
    """Reads users of one release."""

    def __init__(self, redis: Redis, release: Release, catalogue: Catalogue) -> None:
        manifest, features = release.manifest, release.features
        self._redis = redis
        self._release = manifest.id
        self._codec = RowCodec(features, Entity.USER)
        self._newcomer = _newcomer(features, manifest.as_of)
        self._fold = UserStateUpdater(catalogue, features)
        self._request_cache: dict[int, UserState] | None = None
        self._outage_cache: OrderedDict[int, tuple[float, UserState]] = (
            OrderedDict()
        )  # as last read
        self._files = ReleaseUserReader(release)
        self._erased: Callable[[], frozenset[int] | None] = lambda: None
        self._deleted_here: set[int] = set()  # by this process; others may not know yet
        self.max_id = _max_user_id(release)  # largest user id of the release

    def with_request_cache(self) -> UserStore:
        """The same store, which reads each user once: for a single web page."""
        store = copy(self)
        store._request_cache = {}
        return store

    def with_deleted_users(self, erased: Callable[[], frozenset[int] | None]) -> UserStore:
        """The same store, which during an outage reads users other than `erased` from the release's
        files.

        None: it is unknown who was deleted, so nobody is read from files.
        """
        store = copy(self)
        store._erased = erased
        return store

    def invalidate(self, user_ids: Iterable[int]) -> None:
        """Drop these users from the request cache."""
        for user_id in user_ids:
            if self._request_cache is not None:
                self._request_cache.pop(user_id, None)

    def touch(self, user_id: int) -> None:
        """Renew a user in the outage cache whose state was found to be unchanged."""
        kept = self._outage_cache.get(user_id)
        if kept is not None:
            self._outage_cache[user_id] = (monotonic(), kept[1])
            self._outage_cache.move_to_end(user_id)

    async def refresh(
        self, cached: Collection[int], others: Collection[int]
    ) -> dict[int, UserState]:
        """Read users after their events were stored, in one round trip; {} if Redis is down.

        Those of `cached` are read only if the outage cache has them: it must not bring back a movie
        that the user has just hidden.
        """
        cached = {user_id for user_id in cached if user_id in self._outage_cache}
        user_ids = list(cached.union(others))
        try:
            users = dict(zip(user_ids, await self.get_many(user_ids), strict=True))
        except DependencyError:
            return {}
        for user_id in cached:
            self._keep(user_id, users[user_id])
        return users

    def erase(self, user_id: int) -> None:
        """Drop a deleted user from all caches."""
        self.invalidate([user_id])
        self._deleted_here.add(user_id)
        self._outage_cache.pop(user_id, None)

    async def __call__(self, user_id: int | None) -> UserState:
        """The user; unknown, with an `error`, if Redis is down or the row cannot be decoded.

        While Redis is down, the state comes from the outage cache or from the release's files, with
        a `stale_reason`.
        """
        if user_id is None:
            return self._unknown(None)
        if self._request_cache is None:
            return await self._read(user_id)
        if user_id not in self._request_cache:
            self._request_cache[user_id] = await self._read(user_id)
        return self._request_cache[user_id]

    async def _read(self, user_id: int) -> UserState:
        try:
            (state,) = await self.get_many([user_id], visiting=True)
        except DependencyError as error:
            return await self._fallback(
                user_id, f"Redis cannot be read: {error.__cause__ or error}"
            )
        self._keep(user_id, state)
        return state

    def _keep(self, user_id: int, state: UserState) -> None:
        self._outage_cache[user_id] = (
            monotonic(),
            replace(state, slates={}),
        )  # `SlateStore` has them
        self._outage_cache.move_to_end(user_id)
        if len(self._outage_cache) > _CACHED_USERS:
            self._outage_cache.popitem(last=False)

    async def _fallback(self, user_id: int, why: str) -> UserState:
        staleness.mark(why)
        read_at, state = self._outage_cache.get(user_id, (-inf, self._unknown(user_id)))
        if monotonic() - read_at <= _CACHE_SECONDS:
            return replace(state, stale_reason=why)
        erased = self._erased()
        if erased is None or user_id in erased or user_id in self._deleted_here:
            return self._unknown(user_id, why)
        filed = await asyncio.to_thread(self._files, user_id)
        return self._unknown(user_id, why) if filed is None else replace(filed, stale_reason=why)

    async def get_many(
        self,
        user_ids: Sequence[int],
        before: Sequence[int] | None = None,
        *,
        visiting: bool = False,
    ) -> list[UserState]:
        """Users in the order given, by one pipelined round trip.

        `before` are times in seconds since 1970, one each: later events are left out. `visiting`:
        it is the users' own request, so their visits are prolonged and their slates read too.

        Raises DependencyError while Redis is down.
        """
        if not user_ids:
            return []
        try:
            async with self._redis.pipeline(transaction=False) as pipeline:
                for user_id in user_ids:
                    pipeline.hgetall(keys.user(self._release, user_id))
                    pipeline.hgetall(keys.user_events(user_id))
                pipeline.smismember(keys.DELETED_USERS, [str(user_id) for user_id in user_ids])
                for user_id in user_ids if visiting else ():
                    pipeline.hgetall(keys.session_lists(user_id))
                    pipeline.expire(keys.session_lists(user_id), VISIT_TTL_SECONDS)
                answers = await pipeline.execute()
        except (RedisError, OSError, TimeoutError) as error:
            raise DependencyError(
                f"Expected users in Redis, but it cannot be read ({error}): start it, or "
                "check SPARROW_REDIS_URL."
            ) from error
        ends = [MAX_ID] * len(user_ids) if before is None else before
        hashes, erased = answers[: 2 * len(user_ids)], answers[2 * len(user_ids)]
        found = zip(user_ids, hashes[::2], hashes[1::2], erased, ends, strict=True)
        states = [
            self._unknown(user_id, deleted=True) if gone else self._decode(user_id, row, live, end)
            for user_id, row, live, gone, end in found
        ]
        if not visiting:
            return states
        slates = answers[2 * len(user_ids) + 1 :: 2]
        return [replace(state, slates=lists) for state, lists in zip(states, slates, strict=True)]

    def session(self, session: AnonymousSession, at: int) -> UserState:
        """The state of an anonymous user; `at` is the time of the request."""
        return self._fold.session(self._unknown(None), session, at)

    def _decode(self, user_id: int, row: Hash, live: Hash, end: int) -> UserState:
        try:
            state = self._decode_release_row(user_id, row) if row else self._unknown(user_id)
            if not live:  # no events to fold
                return state
            version, taste_version = (
                live.get(name.encode(), b"") for name in (LAST_CHANGE, LAST_PREFERENCE_CHANGE)
            )
            state = replace(state, version=version, taste_version=taste_version)
            stated = orjson.loads(live.get(PROFILE.encode(), b"{}"))
            records = decode_records(live)
            records = records[records["timestamp"] < end]
            if not len(records) and not stated:
                return state
            return self._fold(state, records, StatedPreferences(**stated))
        except (FingerprintError, ValueError, TypeError) as error:  # ValueError: truncated bytes
            logger.warning(
                "A user cannot be decoded", extra={"user": user_id, "reason": str(error)}
            )
            return self._unknown(user_id, f"The user in Redis cannot be decoded: {error}")

    def _decode_release_row(self, user_id: int, fields: Hash) -> UserState:
        prefix = keys.VECTOR.encode()
        return UserState(
            user_id=user_id,
            row=self._codec.decode(fields.get(keys.ROW.encode(), b"")),
            history=decode_history(fields.get(keys.HISTORY.encode(), b"")),
            vectors={
                name[len(prefix) :].decode(): decode_vector(data)
                for name, data in fields.items()
                if name.startswith(prefix)
            },
            exists=True,
        )

    def _unknown(
        self, user_id: int | None, error: str | None = None, deleted: bool = False
    ) -> UserState:
        return UserState(user_id, self._newcomer, error=error, deleted=deleted)


def _max_user_id(release: Release) -> int:
    """The largest user id of a release, 0 without users."""
    ids = to_numpy(read_users(release, ["user_id"]).column("user_id"))
    return int(ids.max(initial=0))


def _newcomer(features: FeatureSet, as_of: int) -> np.void:
    """The feature row of a user before the first rating, by the same fold as the training rows."""
    rows = features.empty_rows(Entity.USER, 1)
    whole, stars = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
    nothing = Events(whole, whole, stars, whole, stars)
    for name, values in user_rows(PastEvents(nothing, np.array([as_of])), features).items():
        rows[name] = values
    newcomer: np.void = rows[0]
    return newcomer
