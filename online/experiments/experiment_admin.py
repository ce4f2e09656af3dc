"""Where administrators make, change and read experiments."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from redis.asyncio import Redis
from redis.exceptions import RedisError

from online.experiments.assignment.experiment import Experiment, ExperimentDefinition
from online.experiments.assignment.experiment_store import Experiments, ExperimentStore
from online.experiments.experiment_report import ExperimentReport, report
from online.experiments.logging.attribution import Attribution
from online.experiments.logging.pre_period import record_pre_period
from online.flow.flows.registry import check_replaceable
from online.runtime.polling import PolledValue
from online.serving.loaded_release import LoadedRelease
from sparrow.errors import DependencyError, NotFoundError

T = TypeVar("T")


@dataclass(frozen=True)
class ExperimentAdmin:
    """Changes experiments and lets this process know at once; raises as `ExperimentStore` does."""

    redis: Redis
    store: ExperimentStore
    following: PolledValue[Experiments]
    attribution: Attribution

    async def all(self) -> list[Experiment]:
        """All experiments, by name."""
        return list((await self.store.all()).values())

    async def named(self, name: str) -> Experiment:
        """One experiment; NotFoundError if there is none of this name."""
        found = (await self.store.all()).get(name)
        if found is None:
            raise NotFoundError(f"There is no experiment {name}.")
        return found

    async def create(self, definition: ExperimentDefinition, serving: LoadedRelease) -> Experiment:
        """A draft; InvalidRequestError for models and flows that `serving` cannot put in place."""
        there = serving.flow(definition.on, serving.models[0])
        for variant in definition.variants:
            serving.model(variant.parameters.model)
            if variant.parameters.flow is not None:
                check_replaceable(serving.flow(variant.parameters.flow, serving.models[0]), there)
        return await self._refreshed(await self.store.create(definition))

    async def start(self, name: str) -> Experiment:
        """Lets it change lists."""
        started = await self.store.start(name)
        await self._reading_redis(record_pre_period(self.redis, started))
        return await self._refreshed(started)

    async def stop(self, name: str) -> Experiment:
        """Leaves lists alone again."""
        return await self._refreshed(await self.store.stop(name))

    async def ramp(self, name: str, share: float) -> Experiment:
        """Another share of the users."""
        return await self._refreshed(await self.store.ramp(name, share))

    async def delete(self, name: str) -> None:
        """Forgets it."""
        await self.store.delete(name)
        await self.following.refresh()

    async def report(self, name: str) -> ExperimentReport:
        """What came of it so far."""
        experiment = await self.named(name)
        await self._reading_redis(self.attribution.catch_up())
        return await self._reading_redis(report(self.redis, experiment))

    async def _reading_redis(self, work: Awaitable[T]) -> T:
        try:
            return await work
        except (RedisError, OSError, TimeoutError) as error:
            raise DependencyError(f"Outcomes cannot be read from Redis ({error}).") from error

    async def _refreshed(self, experiment: Experiment) -> Experiment:
        await self.following.refresh()
        return experiment
