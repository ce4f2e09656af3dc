"""ChartSource: the first movies of a chart."""

from __future__ import annotations

from dataclasses import dataclass

from online.flow.stages import Request, SourceResult
from online.reason import Reason, ReasonKind
from online.types import ChartName
from sparrow.arrays import Int


@dataclass(frozen=True)
class ChartSource:
    """Recalls the top of a chart; without a size, all movies in its order."""

    chart: ChartName
    size: int | None
    name: str
    reason_kind: ReasonKind | None = None  # None: being in the chart is no reason by itself

    def __call__(self, request: Request) -> SourceResult:
        """The first eligible movies of the chart."""
        return SourceResult(request.top_of_chart(self.chart, self.size))

    def unreachable(self, request: Request) -> Int:
        """The movies that the user has consumed."""
        return request.consumed

    def reason(self, request: Request, cause: int) -> Reason | None:
        """The same for all movies of the chart."""
        return None if self.reason_kind is None else Reason(self.reason_kind)


def hidden_gems(size: int) -> ChartSource:
    """Well rated movies with few ratings."""
    return ChartSource("hidden-gems", size, "hidden-gems", "gem")


WHOLE_CATALOGUE = ChartSource("popular", None, "everything")
"""Backfill: all movies, the most rated first."""
