"""What was imported, and how the stream of feedback does."""

from __future__ import annotations

from dataclasses import dataclass

from online.admin.types import DataQuality
from webui.views.shared.plots import Bar, Line, bars, thinned

POINTS = 60


@dataclass(frozen=True)
class Data:
    """The page; the charts are empty where there is no report."""

    told: DataQuality
    stars: tuple[Bar, ...]
    months: Line


def quality(told: DataQuality) -> Data:
    """The page of what the office tells."""
    if told.report is None:
        return Data(told, (), Line(()))
    measured = told.report.quality
    months = [(month, float(count)) for month, count in measured.months.items()]
    return Data(told, bars(measured.histogram), thinned(months, POINTS))
