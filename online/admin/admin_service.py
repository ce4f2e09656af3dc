"""The administrator's office of a serving process."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from redis.asyncio import Redis
from redis.exceptions import RedisError

from online.admin.comparison import Comparison, compare
from online.admin.daily_impressions import daily_impressions
from online.admin.dataset_statistics import Statistics, read_statistics
from online.admin.quality_report import QualityReport, read_quality
from online.admin.stream_status import streams
from online.admin.types import Comparables, DataQuality, ExperimentSummary, Monitoring
from online.catalogue.catalogue import Catalogue
from online.engine.engine import Engine
from online.experiments.assignment.experiment import Experiment, ExperimentDefinition, Status
from online.experiments.experiment_admin import ExperimentAdmin
from online.flow.flows.registry import FLOWS
from online.flow.scorers.signal_scorer import SignalScorer
from online.serving.health import Readiness, readiness
from online.serving.metrics import Metrics
from online.serving.release_admin import ReleaseAdmin, ReleaseChange, ReleaseList
from online.serving.release_follower import ReleaseFollower
from sparrow.errors import DependencyError
from sparrow.release.active_release import ReleaseSwitch

T = TypeVar("T")
POPULAR = 0.1
"""The part of the catalogue, by number of ratings, that counts as popular."""

_ANY = SignalScorer().name  # a model that is always there: flows are looked at, not run
_ORDER = (Status.RUNNING, Status.DRAFT, Status.STOPPED)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class AdminService:
    """`online.admin.types.Office` over the parts of one process."""

    engine: Callable[[], Engine]  # that serves now
    redis: Redis
    metrics: Metrics
    release_follower: ReleaseFollower  # what this process follows
    experiment_admin: ExperimentAdmin  # of experiments
    release_admin: ReleaseAdmin
    tables: Path  # of the data set

    async def monitoring(self) -> Monitoring:
        """How serving does."""
        serving = self.engine().serving
        popular = _popular(serving.catalogue)
        return Monitoring(
            await self.readiness(),
            self.metrics.metrics_snapshot(),
            len(serving.catalogue),
            await _if_redis(daily_impressions(self.redis, popular, time.time())),
            await _if_redis(self._switches()),
        )

    async def readiness(self) -> Readiness:
        """What this process serves and what it goes without."""
        return await readiness(self.redis, self.release_follower, self.engine().serving)

    async def _switches(self) -> tuple[ReleaseSwitch, ...]:
        return tuple(await asyncio.to_thread(self.release_admin.switches))

    async def statistics(self) -> Statistics:
        """Figures of the data set."""
        release = self.engine().serving.release
        return await asyncio.to_thread(read_statistics, release.manifest.id, release.root / "stats")

    async def quality(self) -> DataQuality:
        """What was imported, and how the stream of feedback does."""
        report = await asyncio.to_thread(read_quality, self.tables)
        return DataQuality(report, self._is_served(report), await _if_redis(streams(self.redis)))

    def _is_served(self, report: QualityReport | None) -> bool:
        made_of = self.engine().serving.release.manifest.dataset.get("fingerprint")
        return report is not None and report.dataset.fingerprint == made_of

    async def trials(self) -> tuple[ExperimentSummary, ...]:
        """All experiments, the running ones first."""
        found = sorted(
            await self.experiment_admin.all(), key=lambda each: _ORDER.index(each.status)
        )
        return tuple([await self._trial(experiment) for experiment in found])

    async def _trial(self, experiment: Experiment) -> ExperimentSummary:
        if experiment.started_at is None:
            return ExperimentSummary(experiment, None)
        return ExperimentSummary(experiment, await self.experiment_admin.report(experiment.name))

    async def create(self, definition: ExperimentDefinition) -> None:
        """A draft."""
        await self.experiment_admin.create(definition, self.engine().serving)

    async def start(self, name: str) -> None:
        """Lets an experiment change lists."""
        await self.experiment_admin.start(name)

    async def stop(self, name: str) -> None:
        """Leaves lists alone again."""
        await self.experiment_admin.stop(name)

    async def ramp(self, name: str, share: float) -> None:
        """Another share of the users."""
        await self.experiment_admin.ramp(name, share)

    async def delete(self, name: str) -> None:
        """Forgets an experiment."""
        await self.experiment_admin.delete(name)

    async def comparables(self) -> Comparables:
        """What lists can be made by."""
        experiments = self.experiment_admin.following.value
        variants = {e.name: tuple(v.name for v in e.variants) for e in experiments.values()}
        serving = self.engine().serving
        plain = tuple(name for name in FLOWS if serving.flow(name, _ANY).requires is None)
        return Comparables(tuple(FLOWS), plain, serving.models, variants)

    async def compare(self, user_id: int, a: str, b: str) -> Comparison:
        """Two lists of one user."""
        return await compare(self.engine().with_request_cache(), user_id, a, b)

    async def releases(self) -> ReleaseList:
        """What there is, what serves, and what daily_impressions before."""
        return await asyncio.to_thread(self.release_admin.all)

    async def activate(self, release: str) -> ReleaseChange:
        """Lets a release serve."""
        return await asyncio.to_thread(self.release_admin.activate, release)

    async def rollback(self) -> ReleaseChange:
        """Lets the release before serve again."""
        return await asyncio.to_thread(self.release_admin.rollback)


def _popular(catalogue: Catalogue) -> frozenset[int]:
    most = np.argsort(-catalogue.stats.count, kind="stable")[: round(POPULAR * len(catalogue))]
    return frozenset(catalogue.ids[most].tolist())


async def _if_redis(reading: Awaitable[T]) -> T | None:
    """What is read; None while Redis is away, for a page that has more to show."""
    try:
        return await reading
    except (RedisError, OSError, TimeoutError, DependencyError) as error:
        log.warning("The administrator's page goes without Redis", extra={"reason": str(error)})
        return None
