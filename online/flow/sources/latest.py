"""Latest: the newest movies, which signals cannot find yet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.stages import Request, SourceResult
from online.reason import Reason
from online.runtime.sorted_isin import isin_sorted

NEW_ARRIVAL = (
    0  # provenance of a movie that is new in the catalogue; otherwise it is the year of release
)


@dataclass(frozen=True)
class Latest:
    """Recalls the movies released last, the best known of a year first, and those added last."""

    size: int = 50
    added: int = 20
    name: str = "latest"

    def __call__(self, request: Request) -> SourceResult:
        """The newest eligible movies."""
        catalogue = request.catalogue
        released, added = (
            request.top_of_chart("latest", self.size),
            request.top_of_chart("new_arrivals", self.added),
        )
        added = added[~isin_sorted(added, released)]
        years = catalogue.stats.year[released].astype(np.int64)
        provenance = np.concatenate([years, np.full(len(added), NEW_ARRIVAL)])
        return SourceResult(np.concatenate([released, added]), provenance)

    def reason(self, request: Request, cause: int) -> Reason | None:
        """Says whether the movie was released or added lately."""
        return Reason("added") if cause == NEW_ARRIVAL else Reason("released", {"year": str(cause)})
