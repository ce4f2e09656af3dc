"""Attributes what users do to the experiments that they are in, from their first exposure on.

Two streams are read, each from where it was left: the served lists, then the events. What a batch
adds and how far it reached are written in one transaction, so each entry counts once, whoever
counts, and however often somebody is interrupted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, cast

import orjson
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

from online.experiments.assignment.experiment import Experiment, Method
from online.experiments.assignment.experiment_store import (
    Experiments,
    decode_experiments,
    raw_experiments,
)
from online.experiments.logging.outcome_records import (
    COUNTED_EVENTS,
    AttributedAction,
    count_clicks,
    decode_outcomes,
)
from online.runtime.background import BackgroundLoop
from sparrow.feedback.event import EventType
from sparrow.redis import keys

LAG_MILLISECONDS = 1000
"""Events wait so long: a list that was served before one of them is in its stream by then."""

_BATCH = 500
_POLL_SECONDS = 1.0

Entries = Sequence[tuple[bytes, Mapping[bytes, bytes]]]


class Attribution:
    """Counts impressions and events; several processes may do so at once."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self.loop = BackgroundLoop(self.catch_up, _POLL_SECONDS, "Experiments are not counted")

    async def catch_up(self) -> None:
        """Count all there is, except the youngest events; raises RedisError while Redis is away.

        What comes meanwhile waits for the next time: while lists are served there would be no end.
        """
        watched = (keys.ATTRIBUTION_OFFSETS, keys.EXPERIMENTS, keys.DELETED_USERS)
        seconds, microseconds = await self._redis.time()
        step, more = partial(_step, now=seconds * 1000 + microseconds // 1000), True
        while more and not self.loop.stopped:
            more = await self._redis.transaction(step, *watched, value_from_callable=True)


async def _step(pipeline: Pipeline, now: int) -> bool:
    """Count one batch, of lists as long as there are any; whether there was something.

    `now` is in milliseconds since 1970: nothing younger is looked at.
    """
    reached = await pipeline.hmget(keys.ATTRIBUTION_OFFSETS, "lists", "events")
    lists, events = cast(list[bytes], reached)
    if events is None:  # the first time: nobody was exposed before
        lists, events = b"0-0", str(now).encode()
    experiments = decode_experiments(await raw_experiments(pipeline))
    entries = await _entries(pipeline, keys.IMPRESSIONS, lists, now)
    if entries:
        lists, acts = entries[-1][0], list(_exposures(entries, experiments))
    else:
        youngest = max(now - LAG_MILLISECONDS, 0)
        entries = await _entries(pipeline, keys.EVENTS, events, youngest)
        events = entries[-1][0] if entries else events
        acts = list(_user_actions(entries, experiments))
    changed = await _changed(pipeline, acts, experiments)
    pipeline.multi()  # type: ignore[no-untyped-call]
    pipeline.hset(keys.ATTRIBUTION_OFFSETS, mapping={"lists": lists, "events": events})
    for key, records in changed.items():
        if records:
            pipeline.hset(key, mapping=records)  # type: ignore[arg-type]
    return bool(entries)


async def _entries(pipeline: Pipeline, stream: str, behind: bytes, until: int) -> Entries:
    """The oldest entries of a stream, behind one and not younger than `until` (milliseconds)."""
    found = await pipeline.xrange(stream, b"(" + behind, until, count=_BATCH)
    return cast(Entries, found)


async def _changed(
    pipeline: Pipeline, acts: Sequence[AttributedAction], experiments: Experiments
) -> dict[str, dict[bytes, bytes]]:
    """What to write: by key of Redis, by user."""
    changed = {}
    for name in {act.experiment for act in acts}:
        own = [act for act in acts if act.experiment == name]
        changed[keys.experiment_outcomes(name)] = await _counted(pipeline, name, own)
        if experiments[name].method is Method.INTERLEAVED:
            changed[keys.interleaving_clicks(name)] = await count_clicks(pipeline, name, own)
    return changed


def _exposures(entries: Entries, experiments: Experiments) -> Iterator[AttributedAction]:
    for _, fields in entries:
        impression = orjson.loads(fields[b"impression"])
        at, adds = impression["at"], {"lists": 1, "movies": len(impression["movies"])}
        for name, variant in impression["variants"].items():
            experiment = experiments.get(name)
            if experiment and variant in experiment.labels and _within(experiment, at):
                place = experiment.labels.index(variant)
                mixed = experiment.method is Method.INTERLEAVED
                shown = _teams(impression) if mixed else {}
                yield AttributedAction(name, impression["user_id"], at, adds, place, shown)


def _teams(impression: Mapping[str, Any]) -> dict[int, int]:
    return dict(zip(impression["movies"], impression["teams"], strict=True))


def _user_actions(entries: Entries, experiments: Experiments) -> Iterator[AttributedAction]:
    for entry, fields in entries:
        event, at = orjson.loads(fields[b"event"]), int(entry.partition(b"-")[0])
        counted = COUNTED_EVENTS.get(event["type"])
        if counted is None or event["undo"]:
            continue
        stars = event["value"] if event["type"] == EventType.RATING else 0.0
        for name, experiment in experiments.items():
            if _within(experiment, at):
                clicked = event["movie_id"] if event["type"] == EventType.CLICK else None
                adds = {counted: 1, "stars": stars}
                yield AttributedAction(name, event["user_id"], at, adds, clicked=clicked)


def _within(experiment: Experiment, at: int) -> bool:
    """Whether it ran then; an older experiment of the same name did not."""
    begun, ended = experiment.started_at, experiment.ended_at
    return begun is not None and begun * 1000 <= at and (ended is None or at < ended * 1000)


async def _counted(
    pipeline: Pipeline, experiment: str, acts: Sequence[AttributedAction]
) -> dict[bytes, bytes]:
    """The records that acts change, by user; what was done before the first exposure is not."""
    users = {user_id: place for place, user_id in enumerate({act.user_id for act in acts})}
    kept = await pipeline.hmget(keys.experiment_outcomes(experiment), list(users))
    records = decode_outcomes(cast(list[bytes | None], kept))
    for act in acts:
        record = records[users[act.user_id]]
        if act.variant is not None:
            first = record["first"] if record["lists"] else act.at
            record["variant"], record["first"] = act.variant, min(first, act.at)
        elif not record["lists"] or act.at < record["first"]:
            continue
        for field, added in act.adds.items():
            record[field] += added
    return {
        str(user_id).encode(): records[place].tobytes()
        for user_id, place in users.items()
        if records[place]["lists"]
    }
