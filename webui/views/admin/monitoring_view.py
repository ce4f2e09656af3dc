"""How serving does, for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from online.admin.daily_impressions import ServedDay
from online.admin.types import Monitoring
from online.serving.metrics_snapshot import StageFigures
from webui.formatting.number_formats import moment
from webui.views.shared.plots import Line


@dataclass(frozen=True)
class Serving:
    """What was served of late; the sums are None without any list."""

    days: tuple[ServedDay, ...]
    click_rate: float | None
    coverage: float | None  # of the catalogue, on the day that showed most of it
    popular_share: float | None
    clicks: Line
    shown: Line
    entered: Mapping[str, tuple[str, ...]]  # day → releases that took over, in their order


@dataclass(frozen=True)
class Now:
    """The page."""

    told: Monitoring
    requests: int
    failed: int
    degraded: tuple[StageFigures, ...]
    serving: Serving | None  # None while Redis is away


def monitoring(told: Monitoring) -> Now:
    """The page of what the office tells."""
    routes, stages = told.measured.routes, told.measured.stages
    return Now(
        told,
        sum(row.timing.count for row in routes),
        sum(row.failed for row in routes),
        tuple(stage for stage in stages if stage.degraded),
        None if told.days is None else _serving(told.days, told),
    )


def _serving(days: tuple[ServedDay, ...], told: Monitoring) -> Serving:
    shown, catalogue = sum(day.shown for day in days), told.catalogue
    entered: dict[str, tuple[str, ...]] = {}
    for switch in told.switches or ():
        day = _label(switch.at)
        entered[day] = (switch.release, *entered.get(day, ()))
    marked = frozenset(entered)
    return Serving(
        days,
        sum(day.clicked for day in days) / shown if shown else None,
        max(day.movies for day in days) / catalogue if shown and catalogue else None,
        sum(day.popular for day in days) / shown if shown else None,
        Line(tuple((_label(day.timestamp), day.click_rate or 0.0) for day in days), marked),
        Line(tuple((_label(day.timestamp), float(day.shown)) for day in days), marked),
        entered,
    )


def _label(timestamp: int) -> str:
    return moment(timestamp)[:10]
