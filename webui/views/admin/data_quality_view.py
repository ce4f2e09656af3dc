"""What was imported, and how the stream of feedback does."""

from __future__ import annotations

from dataclasses import dataclass

from online.admin.types import DataQuality
from webui.views.shared.plots import Bar, Sparkline, bars, downsampled

POINTS = 60


@dataclass(frozen=True)
class DataQualityView:
    """The page; the charts are empty where there is no report."""

    report: DataQuality
    stars: tuple[Bar, ...]
    months: Sparkline


def quality(report: DataQuality) -> DataQualityView:
    """The page of what the office tells."""
    if report.report is None:
        return DataQualityView(report, (), Sparkline(()))
    measured = report.report.quality
    months = [(month, float(count)) for month, count in measured.months.items()]
    return DataQualityView(report, bars(measured.histogram), downsampled(months, POINTS))
