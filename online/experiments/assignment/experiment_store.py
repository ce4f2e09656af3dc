"""Experiments in Redis: every change is checked against all others and happens as a whole."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import cast

from pydantic import ValidationError
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.exceptions import RedisError

from online.experiments.assignment.bucket_layer import (
    allocate_buckets,
    check_disjoint,
    check_parameters,
    same_layer,
)
from online.experiments.assignment.experiment import Experiment, ExperimentDefinition, Status
from sparrow.errors import ConflictError, DependencyError, NotFoundError
from sparrow.redis import keys

logger = logging.getLogger(__name__)

Experiments = Mapping[str, Experiment]
Change = Callable[[Experiment, Experiments], Experiment]


class ExperimentStore:
    """Reads and changes experiments; every method raises DependencyError while Redis is away."""

    def __init__(self, redis: Redis, clock: Callable[[], float] = time.time) -> None:
        self._redis = redis
        self._clock = clock
        self._unreadable: frozenset[bytes] = frozenset()

    async def all(self) -> Experiments:
        """Every experiment by name; one that cannot be read is left out and logged."""
        try:
            raw = await raw_experiments(self._redis)
        except (RedisError, OSError, TimeoutError) as error:
            raise DependencyError(f"Experiments cannot be read from Redis ({error}).") from error
        found = decode_experiments(raw)
        unreadable = frozenset(raw) - {name.encode() for name in found}
        for name in unreadable - self._unreadable:  # once, not with every poll
            logger.warning("An experiment cannot be read", extra={"experiment": name.decode()})
        self._unreadable = unreadable
        return found

    async def create(self, definition: ExperimentDefinition) -> Experiment:
        """A draft that has its buckets.

        Raises ConflictError for a name that is taken, InvalidRequestError when the layer is full.
        """
        draft = Experiment(**definition.model_dump(), created_at=self._clock())

        def create(experiments: Experiments) -> Experiment:
            if draft.name in experiments:
                raise ConflictError(f"There is an experiment {draft.name} already: delete it.")
            check_parameters(draft, experiments.values())
            return allocate_buckets(draft, same_layer(draft, experiments.values()))

        return await self._write(create)

    async def start(self, name: str) -> Experiment:
        """Lets it change lists; a stopped one gets its users back, if nobody else has them."""

        def start(experiment: Experiment, experiments: Experiments) -> Experiment:
            check_parameters(experiment, experiments.values())
            check_disjoint(experiment, same_layer(experiment, experiments.values()))
            since = experiment.started_at or self._clock()
            return experiment.model_copy(update={"status": Status.RUNNING, "started_at": since})

        return await self._change(name, start)

    async def stop(self, name: str) -> Experiment:
        """Gives its users what all others get; its buckets are free for others."""

        def stop(experiment: Experiment, _: Experiments) -> Experiment:
            if experiment.status is not Status.RUNNING:
                return experiment
            changes = {"status": Status.STOPPED, "stopped_at": self._clock()}
            return experiment.model_copy(update=changes)

        return await self._change(name, stop)

    async def ramp(self, name: str, share: float) -> Experiment:
        """Gives it another share of the users; those who stay keep their variants."""

        def ramp(experiment: Experiment, experiments: Experiments) -> Experiment:
            if experiment.status is Status.STOPPED:
                raise ConflictError(f"Experiment {name} is stopped: start it before.")
            wanted = experiment.model_copy(update={"share": share})
            return allocate_buckets(wanted, same_layer(wanted, experiments.values()))

        return await self._change(name, ramp)

    async def delete(self, name: str) -> None:
        """Forgets it and what came of it; ConflictError while it runs."""

        async def delete(pipeline: Pipeline) -> None:
            experiment = _named(decode_experiments(await raw_experiments(pipeline)), name)
            if experiment.status is Status.RUNNING:
                raise ConflictError(f"Experiment {name} is running: stop it before.")
            pipeline.multi()  # type: ignore[no-untyped-call]
            pipeline.hdel(keys.EXPERIMENTS, name)
            pipeline.unlink(
                keys.experiment_outcomes(name),
                keys.interleaving_clicks(name),
                keys.pre_period(name),
            )

        await self._transaction(delete)

    async def _change(self, name: str, change: Change) -> Experiment:
        return await self._write(lambda found: change(_named(found, name), found))

    async def _write(self, make: Callable[[Experiments], Experiment]) -> Experiment:
        made: list[Experiment] = []

        async def write(pipeline: Pipeline) -> None:
            experiment = make(decode_experiments(await raw_experiments(pipeline)))
            pipeline.multi()  # type: ignore[no-untyped-call]
            pipeline.hset(keys.EXPERIMENTS, experiment.name, experiment.model_dump_json())
            made.append(experiment)

        await self._transaction(write)
        return made[-1]

    async def _transaction(self, act: Callable[[Pipeline], object]) -> None:
        """Runs `act` again whenever somebody else was quicker."""
        try:
            await self._redis.transaction(act, keys.EXPERIMENTS)
        except (RedisError, OSError, TimeoutError) as error:
            raise DependencyError(f"Experiments cannot be written to Redis ({error}).") from error


def _named(experiments: Experiments, name: str) -> Experiment:
    if name not in experiments:
        raise NotFoundError(f"There is no experiment {name}.")
    return experiments[name]


async def raw_experiments(redis: Redis) -> Mapping[bytes, bytes]:
    """Every experiment's JSON by name, as Redis has it."""
    return cast(Mapping[bytes, bytes], await redis.hgetall(keys.EXPERIMENTS))


def decode_experiments(raw: Mapping[bytes, bytes]) -> Experiments:
    """Experiments by name, without those that cannot be read."""
    found = {}
    for name in sorted(raw):
        with suppress(ValidationError):
            found[name.decode()] = Experiment.model_validate_json(raw[name])
    return found
