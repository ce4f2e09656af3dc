"""What the feature store knows of a viewer: one round trip to Redis a request."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import replace
from math import inf
from time import monotonic

import numpy as np
import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from online.catalogue.catalogue import Catalogue
from online.runtime.arrow import numbers
from online.users import staleness
from online.users.live_update import LiveFold, Session
from online.users.release_user_reader import FiledViewers
from online.users.release_user_table import read_viewers
from online.users.stated_preferences import StatedPreferences
from online.users.user_state import ViewerState
from online.users.visit import KEPT_SECONDS
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

_KEPT_VIEWERS = 5_000  # as last read, for the time that Redis is away, …
_KEPT_SECONDS = 600.0  # … which is no longer true after so long


class ViewerStore:
    """Reads viewers of one release; never raises for one that it cannot read."""

    def __init__(self, redis: Redis, release: Release, catalogue: Catalogue) -> None:
        manifest, features = release.manifest, release.features
        self._redis = redis
        self._release = manifest.id
        self._codec = RowCodec(features, Entity.USER)
        self._newcomer = _newcomer(features, manifest.as_of)
        self._fold = LiveFold(catalogue, features)
        self._remembered: dict[int, ViewerState] | None = None
        self._last: OrderedDict[int, tuple[float, ViewerState]] = OrderedDict()  # as last read
        self._files = FiledViewers(release)
        self._erased: Callable[[], frozenset[int] | None] = lambda: None
        self._erased_here: set[int] = set()  # which others may not have heard of yet
        self.largest = _largest(release)  # id of the release's viewers

    def remembering(self) -> ViewerStore:
        """The same store, which reads each viewer once: for one visit, never for longer."""
        store = copy(self)
        store._remembered = {}
        return store

    def without(self, erased: Callable[[], frozenset[int] | None]) -> ViewerStore:
        """The same store, which while Redis is away asks the release's files for all but `erased`.

        None: who was erased is not known, so nobody is told of.
        """
        store = copy(self)
        store._erased = erased
        return store

    def forget(self, user_ids: Iterable[int]) -> None:
        """Read these viewers again when they are asked for: they did something."""
        for user_id in user_ids:
            if self._remembered is not None:
                self._remembered.pop(user_id, None)

    def still(self, user_id: int) -> None:
        """A user who is kept for the time that Redis is away is still as they were read."""
        kept = self._last.get(user_id)
        if kept is not None:
            self._last[user_id] = (monotonic(), kept[1])
            self._last.move_to_end(user_id)

    async def keep_up(self, user_ids: Iterable[int]) -> None:
        """Read those again who are kept for the time that Redis is away: they did something.

        Else a film that somebody hid an instant before would come back with the outage.
        """
        kept = [user_id for user_id in set(user_ids) if user_id in self._last]
        with suppress(DependencyError):
            for user_id, state in zip(kept, await self.many(kept), strict=True):
                self._keep(user_id, state)

    def erase(self, user_id: int) -> None:
        """Know nothing of a viewer any more."""
        self.forget([user_id])
        self._erased_here.add(user_id)
        self._last.pop(user_id, None)

    async def __call__(self, user_id: int | None) -> ViewerState:
        """The viewer; unknown, with the `error`, if Redis is away or its row does not fit.

        While Redis is away, somebody who was read lately is as they were then, others are as the
        release's files have them, and `late` says so.
        """
        if user_id is None:
            return self._unknown(None)
        if self._remembered is None:
            return await self._read(user_id)
        if user_id not in self._remembered:
            self._remembered[user_id] = await self._read(user_id)
        return self._remembered[user_id]

    async def _read(self, user_id: int) -> ViewerState:
        try:
            (state,) = await self.many([user_id], visiting=True)
        except DependencyError as error:
            return await self._as_known(
                user_id, f"Redis cannot be read: {error.__cause__ or error}"
            )
        self._keep(user_id, state)
        return state

    def _keep(self, user_id: int, state: ViewerState) -> None:
        self._last[user_id] = (monotonic(), replace(state, held={}))  # `HeldLists` has them
        self._last.move_to_end(user_id)
        if len(self._last) > _KEPT_VIEWERS:
            self._last.popitem(last=False)

    async def _as_known(self, user_id: int, why: str) -> ViewerState:
        staleness.note(why)
        read_at, state = self._last.get(user_id, (-inf, self._unknown(user_id)))
        if monotonic() - read_at <= _KEPT_SECONDS:
            return replace(state, late=why)
        erased = self._erased()
        if erased is None or user_id in erased or user_id in self._erased_here:
            return self._unknown(user_id, why)
        filed = await asyncio.to_thread(self._files, user_id)
        return self._unknown(user_id, why) if filed is None else replace(filed, late=why)

    async def many(
        self,
        user_ids: Sequence[int],
        before: Sequence[int] | None = None,
        *,
        visiting: bool = False,
    ) -> list[ViewerState]:
        """Viewers in the order given, by one pipelined round trip.

        `before` are times in seconds since 1970, one each: what they did from then on is left out.
        `visiting`: they ask themselves, so their visits go on, and the lists that these hold are
        read as well.

        Raises DependencyError when Redis is away: a batch of lists for nobody helps nobody.
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
                    pipeline.expire(keys.session_lists(user_id), KEPT_SECONDS)
                answers = await pipeline.execute()
        except (RedisError, OSError, TimeoutError) as error:
            raise DependencyError(
                f"Expected viewers in Redis, but it cannot be read ({error}): start it, or "
                "check SPARROW_REDIS_URL."
            ) from error
        ends = [MAX_ID] * len(user_ids) if before is None else before
        hashes, erased = answers[: 2 * len(user_ids)], answers[2 * len(user_ids)]
        found = zip(user_ids, hashes[::2], hashes[1::2], erased, ends, strict=True)
        states = [
            self._unknown(user_id, erased=True) if gone else self._decode(user_id, row, live, end)
            for user_id, row, live, gone, end in found
        ]
        if not visiting:
            return states
        held = answers[2 * len(user_ids) + 1 :: 2]
        return [replace(state, held=lists) for state, lists in zip(states, held, strict=True)]

    def session(self, session: Session, at: int) -> ViewerState:
        """Somebody without an id, from what their request says; `at` is its time."""
        return self._fold.session(self._unknown(None), session, at)

    def _decode(self, user_id: int, row: Hash, live: Hash, end: int) -> ViewerState:
        try:
            state = self._of_release(user_id, row) if row else self._unknown(user_id)
            if not live:  # nothing to fold, nothing to pay for
                return state
            changed, acted = (
                live.get(name.encode(), b"") for name in (LAST_CHANGE, LAST_PREFERENCE_CHANGE)
            )
            state = replace(state, changed=changed, acted=acted)
            stated = orjson.loads(live.get(PROFILE.encode(), b"{}"))
            records = decode_records(live)
            records = records[records["timestamp"] < end]
            if not len(records) and not stated:
                return state
            return self._fold(state, records, StatedPreferences(**stated))
        except (FingerprintError, ValueError, TypeError) as error:  # ValueError: bytes cut short
            logger.warning(
                "A viewer cannot be decoded", extra={"viewer": user_id, "reason": str(error)}
            )
            return self._unknown(user_id, f"The viewer in Redis cannot be decoded: {error}")

    def _of_release(self, user_id: int, fields: Hash) -> ViewerState:
        prefix = keys.VECTOR.encode()
        return ViewerState(
            user_id=user_id,
            row=self._codec.decode(fields.get(keys.ROW.encode(), b"")),
            history=decode_history(fields.get(keys.HISTORY.encode(), b"")),
            vectors={
                name[len(prefix) :].decode(): decode_vector(data)
                for name, data in fields.items()
                if name.startswith(prefix)
            },
            known=True,
        )

    def _unknown(
        self, user_id: int | None, error: str | None = None, erased: bool = False
    ) -> ViewerState:
        return ViewerState(user_id, self._newcomer, error=error, erased=erased)


def _largest(release: Release) -> int:
    """The largest id of a release's viewers, 0 if there are none."""
    ids = numbers(read_viewers(release, ["user_id"]).column("user_id"))
    return int(ids.max(initial=0))


def _newcomer(features: FeatureSet, as_of: int) -> np.void:
    """The row of a viewer before the first rating, by the fold that made the training rows."""
    rows = features.empty_rows(Entity.USER, 1)
    whole, stars = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
    nothing = Events(whole, whole, stars, whole, stars)
    for name, values in user_rows(PastEvents(nothing, np.array([as_of])), features).items():
        rows[name] = values
    newcomer: np.void = rows[0]
    return newcomer
