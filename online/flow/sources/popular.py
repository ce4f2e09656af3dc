"""Popular: the movies with most ratings."""

from __future__ import annotations

from dataclasses import dataclass

from online.flow.stages import Found, Request
from online.reason import Reason
from sparrow.arrays import Int


@dataclass(frozen=True)
class Popular:
    """Recalls the most rated movies; without a size, all of the catalogue in that order."""

    size: int | None = 100
    name: str = "popular"

    def __call__(self, request: Request) -> Found:
        """The most rated movies of the query's scope that the viewer has not rated."""
        return Found(request.top("popular", self.size))

    def left_out(self, request: Request) -> Int:
        """What the viewer is done with."""
        return request.done

    def reason(self, request: Request, cause: int) -> Reason | None:
        """None: that the catalogue has a movie is no reason to watch it."""
        return None
