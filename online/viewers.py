"""What the feature store knows of a viewer: one round trip to Redis a request."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from redis.asyncio import Redis
from redis.exceptions import RedisError

from online.types import Rating
from sparrow import keys
from sparrow.codec import HISTORY, RowCodec, decode_history, decode_vector
from sparrow.errors import DependencyError, FingerprintError
from sparrow.events import Events
from sparrow.features import Entity, FeatureSet
from sparrow.folds import user_rows

logger = logging.getLogger(__name__)

_NO_HISTORY = np.empty(0, dtype=HISTORY)


@dataclass(frozen=True)
class ViewerState:
    """A hydrated viewer; somebody unknown has the row of a viewer before the first rating."""

    user_id: int | None
    row: np.void  # the user features, `FeatureSet.row_dtype(Entity.USER)`
    history: np.ndarray = field(default_factory=_NO_HISTORY.copy)  # HISTORY records, oldest first
    vectors: Mapping[str, np.ndarray] = field(default_factory=dict)  # by embedding
    known: bool = False
    error: str | None = None  # why a viewer who may exist is treated as unknown

    @cached_property
    def scores(self) -> dict[int, float]:
        """Movie id → the viewer's rating."""
        return dict(
            zip(self.history["movie_id"].tolist(), self.history["rating"].tolist(), strict=True)
        )

    def ratings(self) -> tuple[Rating, ...]:
        """The history, newest first; `user_id` must be known."""
        if self.user_id is None:
            return ()
        return tuple(
            Rating(self.user_id, movie_id, score, timestamp)
            for movie_id, timestamp, score in self.history[::-1].tolist()
        )


class ViewerStore:
    """Reads viewers of one release; never raises for one that it cannot read."""

    def __init__(self, redis: Redis, release: str, features: FeatureSet, as_of: int) -> None:
        """`as_of` is the moment (seconds since 1970) that the release's rows stand for."""
        self._redis = redis
        self._release = release
        self._codec = RowCodec(features, Entity.USER)
        self._newcomer = _newcomer(features, as_of)
        self._remembered: dict[int, ViewerState] | None = None

    def remembering(self) -> ViewerStore:
        """The same store, which reads each viewer once: for one visit, never for longer."""
        store = copy(self)
        store._remembered = {}
        return store

    async def __call__(self, user_id: int | None) -> ViewerState:
        """The viewer; unknown, with the `error`, if Redis is away or its row does not fit."""
        if user_id is None:
            return self._unknown(None)
        if self._remembered is None:
            return await self._read(user_id)
        if user_id not in self._remembered:
            self._remembered[user_id] = await self._read(user_id)
        return self._remembered[user_id]

    async def _read(self, user_id: int) -> ViewerState:
        try:
            fields = await self._redis.hgetall(keys.user(self._release, user_id))
        except (RedisError, OSError, TimeoutError) as error:
            return self._unknown(user_id, f"Redis cannot be read: {error or type(error).__name__}")
        return self._decode(user_id, fields)

    async def many(self, user_ids: Sequence[int]) -> list[ViewerState]:
        """Viewers in the order given, by one pipelined round trip.

        Raises DependencyError when Redis is away: a batch of lists for nobody helps nobody.
        """
        async with self._redis.pipeline(transaction=False) as pipeline:
            for user_id in user_ids:
                pipeline.hgetall(keys.user(self._release, user_id))
            try:
                rows = await pipeline.execute()
            except (RedisError, OSError, TimeoutError) as error:
                raise DependencyError(
                    f"Expected viewers in Redis, but it cannot be read ({error}): start it, or "
                    "check SPARROW_REDIS_URL."
                ) from error
        return [self._decode(user, fields) for user, fields in zip(user_ids, rows, strict=True)]

    def _decode(self, user_id: int, fields: Mapping[bytes, bytes]) -> ViewerState:
        if not fields:
            return self._unknown(user_id)
        prefix = keys.VECTOR.encode()
        try:
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
        except (FingerprintError, ValueError) as error:  # ValueError: bytes cut short
            logger.warning(
                "A viewer cannot be decoded", extra={"viewer": user_id, "reason": str(error)}
            )
            return self._unknown(user_id, f"The viewer in Redis cannot be decoded: {error}")

    def _unknown(self, user_id: int | None, error: str | None = None) -> ViewerState:
        return ViewerState(user_id, self._newcomer, error=error)


def _newcomer(features: FeatureSet, as_of: int) -> np.void:
    """The row of a viewer before the first rating, by the fold that made the training rows."""
    rows = features.empty_rows(Entity.USER, 1)
    whole, stars = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
    nothing = Events(whole, whole, stars, whole, stars)
    for name, values in user_rows(nothing, np.array([as_of]), features).items():
        rows[name] = values
    newcomer: np.void = rows[0]
    return newcomer
