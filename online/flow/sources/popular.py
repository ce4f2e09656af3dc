"""Popular: the movies with most ratings."""

from __future__ import annotations

from dataclasses import dataclass

from online.flow.stages import Request, SourceResult
from online.reason import Reason
from sparrow.arrays import Int


@dataclass(frozen=True)
class Popular:
    """Recalls the most rated movies; without a size, all of the catalogue in that order."""

    size: int | None = 100
    name: str = "popular"

    def __call__(self, request: Request) -> SourceResult:
        """The most rated movies of the query's subset that the user has not rated."""
        return SourceResult(request.top("popular", self.size))

    def unreachable(self, request: Request) -> Int:
        """What the user is done with."""
        return request.done

    def reason(self, request: Request, cause: int) -> Reason | None:
        """None: that the catalogue has a movie is no reason to watch it."""
        return None
