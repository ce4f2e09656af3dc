"""Latest: the newest movies of the catalogue, which no rating history can lead to yet."""

from __future__ import annotations

from dataclasses import dataclass

from online.flow import Found, Request


@dataclass(frozen=True)
class Latest:
    """Recalls the movies released last, the best known of a year first."""

    size: int = 50
    name: str = "latest"

    def __call__(self, request: Request) -> Found:
        """The newest movies of the query's scope that the viewer has not rated."""
        chart = request.catalogue.charts["latest"]
        return Found(chart[request.open[chart]][: self.size])

    def reason(self, request: Request, cause: int) -> str:
        """The same for everybody."""
        return "New in the catalogue"
