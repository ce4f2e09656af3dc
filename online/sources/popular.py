"""Popular: the movies with most ratings."""

from __future__ import annotations

from dataclasses import dataclass

from online.flow import Found, Request


@dataclass(frozen=True)
class Popular:
    """Recalls the most rated movies; without a size, all of the catalogue in that order."""

    size: int | None = 100
    name: str = "popular"

    def __call__(self, request: Request) -> Found:
        """The most rated movies of the query's scope that the viewer has not rated."""
        chart = request.catalogue.charts["popular"]
        return Found(chart[request.open[chart]][: self.size])

    def reason(self, request: Request, cause: int) -> str:
        """The same for everybody."""
        return "Popular with viewers"
