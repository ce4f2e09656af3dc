"""HiddenGems: well rated movies that few people know."""

from __future__ import annotations

from dataclasses import dataclass

from online.flow.stages import Found, Request
from online.reason import Reason


@dataclass(frozen=True)
class HiddenGems:
    """Recalls the best rated of the little known movies."""

    size: int = 100
    name: str = "hidden-gems"

    def __call__(self, request: Request) -> Found:
        """The best of the query's scope that the viewer is not done with."""
        return Found(request.top("hidden-gems", self.size))

    def reason(self, request: Request, cause: int) -> Reason | None:
        """The same for everybody."""
        return Reason("gem")
