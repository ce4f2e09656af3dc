"""HiddenGems: well rated movies that few people know."""

from __future__ import annotations

from dataclasses import dataclass

from online.flow.stages import Request, SourceResult
from online.reason import Reason


@dataclass(frozen=True)
class HiddenGems:
    """Recalls the best rated of the little known movies."""

    size: int = 100
    name: str = "hidden-gems"

    def __call__(self, request: Request) -> SourceResult:
        """The best of the query's subset that the user is not done with."""
        return SourceResult(request.top("hidden-gems", self.size))

    def reason(self, request: Request, cause: int) -> Reason | None:
        """The same for everybody."""
        return Reason("gem")
