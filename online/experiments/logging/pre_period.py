"""What viewers did in the weeks before an experiment: it explains part of how they differ in it.

Noted once, when the experiment starts: the stream of served lists does not reach back for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
from redis.asyncio import Redis

from online.experiments.assignment.experiment import Experiment
from online.experiments.logging.user_outcome import OUTCOME, decode_outcomes
from online.runtime.stream_reader import entries
from sparrow.feedback.event import EventType
from sparrow.redis import keys

DAYS = 14
_COUNTED = {
    EventType.CLICK: "clicks",
    EventType.RATING: "ratings",
    EventType.WATCHLIST: "watchlist",
}


async def note_before(redis: Redis, experiment: Experiment) -> None:
    """Keep each viewer's sums of the time before the first start; raises RedisError."""
    key = keys.pre_period(experiment.name)
    if experiment.started_at is None or await redis.exists(key):
        return
    end = int(experiment.started_at * 1000)
    window = end - DAYS * 86_400_000, end - 1
    records: dict[int, np.ndarray] = {}

    def of(user_id: int) -> np.ndarray:
        return records.setdefault(user_id, np.zeros(1, dtype=OUTCOME))

    async for _, impression in entries(redis, keys.IMPRESSIONS, b"impression", *window):
        record = of(impression["user_id"])
        record["lists"] += 1
        record["movies"] += len(impression["movies"])
    async for _, event in entries(redis, keys.EVENTS, b"event", *window):
        counted = _COUNTED.get(event["type"])
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


async def noted_before(
    redis: Redis, experiment: Experiment, viewers: Sequence[bytes]
) -> np.ndarray | None:
    """The sums of viewers, (n,) `OUTCOME`; None if nothing was noted of any of them."""
    if not viewers:
        return None
    kept = await redis.hmget(keys.pre_period(experiment.name), list(viewers))
    noted = cast(list[bytes | None], kept)
    return decode_outcomes(noted) if any(noted) else None
