"""What users did in the weeks before an experiment: it explains part of how they differ in it.

Noted once, when the experiment starts: the stream of served lists does not reach back for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
from redis.asyncio import Redis

from online.experiments.assignment.experiment import Experiment
from online.experiments.logging.outcome_records import COUNTED_EVENTS, USER_OUTCOME, decode_outcomes
from online.runtime.stream_reader import read_stream
from sparrow.feedback.event import EventType
from sparrow.redis import keys
from sparrow.units import DAY

DAYS = 14


async def record_pre_period(redis: Redis, experiment: Experiment) -> None:
    """Keep each user's sums of the time before the first start; raises RedisError."""
    key = keys.pre_period(experiment.name)
    if experiment.started_at is None or await redis.exists(key):
        return
    end = int(experiment.started_at * 1000)
    window = end - DAYS * 1000 * DAY, end - 1
    records: dict[int, np.ndarray] = {}

    def of(user_id: int) -> np.ndarray:
        return records.setdefault(user_id, np.zeros(1, dtype=USER_OUTCOME))

    async for _, impression in read_stream(redis, keys.IMPRESSIONS, b"impression", *window):
        record = of(impression["user_id"])
        record["lists"] += 1
        record["movies"] += len(impression["movies"])
    async for _, event in read_stream(redis, keys.EVENTS, b"event", *window):
        counted = COUNTED_EVENTS.get(event["type"])
        if counted is not None and not event["undo"]:
            record = of(event["user_id"])
            record[counted] += 1
            record["stars"] += event["value"] if event["type"] == EventType.RATING else 0.0
    if records:
        erased = await redis.smismember(keys.DELETED_USERS, list(records))
        kept = {
            user_id: record.tobytes()
            for (user_id, record), gone in zip(records.items(), erased, strict=True)
            if not gone
        }
        if kept:
            await redis.hset(key, mapping=kept)  # type: ignore[arg-type]


async def read_pre_period(
    redis: Redis, experiment: Experiment, users: Sequence[bytes]
) -> np.ndarray | None:
    """The sums of users, (n,) `USER_OUTCOME`; None if nothing was noted of any of them."""
    if not users:
        return None
    kept = await redis.hmget(keys.pre_period(experiment.name), list(users))
    noted = cast(list[bytes | None], kept)
    return decode_outcomes(noted) if any(noted) else None
