"""How serving does, for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from online.admin.daily_impressions import DailyImpressions
from online.admin.types import Monitoring
from online.serving.metrics_snapshot import StageMetrics
from webui.formatting.number_formats import moment
from webui.views.shared.plots import Sparkline


@dataclass(frozen=True)
class ServingSummary:
    """What was served of late; the sums are None without any list."""

    days: tuple[DailyImpressions, ...]
    click_rate: float | None
    coverage: float | None  # of the catalogue, on the day that showed most of it
    popular_share: float | None
    clicks: Sparkline
    shown: Sparkline
    activated: Mapping[str, tuple[str, ...]]  # day → releases that took over, in their order


@dataclass(frozen=True)
class MonitoringView:
    """The page."""

    monitoring: Monitoring
    requests: int
    failed: int
    degraded: tuple[StageMetrics, ...]
    serving: ServingSummary | None  # None while Redis is away


def monitoring(monitoring: Monitoring) -> MonitoringView:
    """The page of what the office tells."""
    routes, stages = monitoring.measured.routes, monitoring.measured.stages
    return MonitoringView(
        monitoring,
        sum(row.timing.count for row in routes),
        sum(row.failed for row in routes),
        tuple(stage for stage in stages if stage.degraded),
        None if monitoring.days is None else _serving(monitoring.days, monitoring),
    )


def _serving(days: tuple[DailyImpressions, ...], monitoring: Monitoring) -> ServingSummary:
    shown, catalogue = sum(day.shown for day in days), monitoring.catalogue
    activated: dict[str, tuple[str, ...]] = {}
    for switch in monitoring.switches or ():
        day = _label(switch.at)
        activated[day] = (switch.release, *activated.get(day, ()))
    marked = frozenset(activated)
    return ServingSummary(
        days,
        sum(day.clicked for day in days) / shown if shown else None,
        max(day.movies for day in days) / catalogue if shown and catalogue else None,
        sum(day.popular for day in days) / shown if shown else None,
        Sparkline(tuple((_label(day.timestamp), day.click_rate or 0.0) for day in days), marked),
        Sparkline(tuple((_label(day.timestamp), float(day.shown)) for day in days), marked),
        activated,
    )


def _label(timestamp: int) -> str:
    return moment(timestamp)[:10]
