"""What the administrator's pages ask for: one call a handler.

The serving process has `online.admin.admin_service` for it; tests of pages may use a fake with the
same methods.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from online.admin.comparison import Comparison
from online.admin.daily_impressions import ServedDay
from online.admin.dataset_statistics import Statistics
from online.admin.quality_report import QualityReport
from online.admin.stream_status import Stream
from online.experiments.assignment.experiment import Definition, Experiment
from online.experiments.experiment_report import Report
from online.serving.health import Readiness
from online.serving.metrics_snapshot import Measured
from online.serving.release_admin import KeptReleases, Switched
from sparrow.release.active_release import ReleaseSwitch


@dataclass(frozen=True)
class Monitoring:
    """How serving does; what is in Redis is None while that is away."""

    readiness: Readiness
    measured: Measured  # by this process alone
    catalogue: int  # movies
    days: tuple[ServedDay, ...] | None
    switches: tuple[ReleaseSwitch, ...] | None  # of releases, the newest first


@dataclass(frozen=True)
class Trial:
    """An experiment and what came of it."""

    experiment: Experiment
    report: Report | None  # None for a draft, which nobody has seen


@dataclass(frozen=True)
class Contenders:
    """What lists can be made by."""

    flows: tuple[str, ...]
    plain: tuple[str, ...]  # flows that need nothing but a viewer
    models: tuple[str, ...]  # the default first
    variants: Mapping[str, tuple[str, ...]]  # by experiment


@dataclass(frozen=True)
class DataQuality:
    """What was imported, and how the stream of feedback does."""

    report: QualityReport | None  # None where this machine has no tables
    serves: bool  # whether the release that serves was made of these data
    streams: tuple[Stream, ...] | None  # None while Redis is away


class Office(Protocol):
    """Everything raises DependencyError while Redis is away, unless it says otherwise."""

    async def monitoring(self) -> Monitoring:
        """Works without Redis."""
        ...

    async def readiness(self) -> Readiness:
        """What this process serves and what it goes without; works without Redis."""
        ...

    async def statistics(self) -> Statistics:
        """Works without Redis; ReleaseError for a release that has no figures."""
        ...

    async def quality(self) -> DataQuality:
        """Works without Redis; DataError for a report that cannot be read."""
        ...

    async def trials(self) -> tuple[Trial, ...]:
        """All experiments, the running ones first."""
        ...

    async def create(self, definition: Definition) -> None:
        """A draft; raises as `online.experiments.experiment_admin.Desk.create`."""
        ...

    async def start(self, name: str) -> None:
        """Lets an experiment change lists; raises as the desk."""
        ...

    async def stop(self, name: str) -> None:
        """Leaves lists alone again; raises as the desk."""
        ...

    async def ramp(self, name: str, share: float) -> None:
        """Another share of the viewers, from 0 to 1; raises as the desk."""
        ...

    async def delete(self, name: str) -> None:
        """Forgets an experiment; raises as the desk."""
        ...

    async def contenders(self) -> Contenders:
        """Works without Redis."""
        ...

    async def compare(self, user_id: int, a: str, b: str) -> Comparison:
        """Two lists of one viewer; raises as `online.admin.comparison.compare`."""
        ...

    async def releases(self) -> KeptReleases:
        """What there is, what serves, and what served before."""
        ...

    async def activate(self, release: str) -> Switched:
        """Lets a release serve; raises as `online.serving.release_admin.ReleaseDesk.activate`."""
        ...

    async def rollback(self) -> Switched:
        """Lets the release before serve again; ConflictError if there is none."""
        ...
