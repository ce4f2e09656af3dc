"""What the administrator's pages ask for: one call a handler.

The serving process has `online.admin.admin_service` for it; tests of pages may use a fake with the
same methods.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from online.admin.daily_impressions import DailyImpressions
from online.admin.quality_report import QualityReport
from online.admin.stream_status import Stream
from online.experiments.assignment.experiment import Experiment
from online.experiments.experiment_report import ExperimentReport
from online.serving.health import Readiness
from online.serving.metrics_snapshot import MetricsSnapshot
from sparrow.release.active_release import ReleaseSwitch


@dataclass(frozen=True)
class Monitoring:
    """How serving does; what is in Redis is None while that is away."""

    readiness: Readiness
    measured: MetricsSnapshot  # by this process alone
    catalogue: int  # movies
    days: tuple[DailyImpressions, ...] | None
    switches: tuple[ReleaseSwitch, ...] | None  # of releases, the newest first


@dataclass(frozen=True)
class ExperimentSummary:
    """An experiment and what came of it."""

    experiment: Experiment
    report: ExperimentReport | None  # None for a draft, which nobody has seen


@dataclass(frozen=True)
class Comparables:
    """What lists can be made by."""

    flows: tuple[str, ...]
    plain: tuple[str, ...]  # flows that need nothing but a user
    models: tuple[str, ...]  # the default first
    variants: Mapping[str, tuple[str, ...]]  # by experiment


@dataclass(frozen=True)
class DataQuality:
    """What was imported, and how the stream of feedback does."""

    report: QualityReport | None  # None where this machine has no tables
    serves: bool  # whether the release that serves was made of these data
    streams: tuple[Stream, ...] | None  # None while Redis is away
