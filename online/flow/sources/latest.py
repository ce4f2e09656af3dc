"""Latest: the newest movies, which no rating history can lead to yet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.stages import Found, Request
from online.reason import Reason
from online.runtime.sorted_isin import is_among

ADDED = 0  # cause of a movie that is new in the catalogue; any other is the year of its release


@dataclass(frozen=True)
class Latest:
    """Recalls the movies released last, the best known of a year first, and those added last."""

    size: int = 50
    added: int = 20
    name: str = "latest"

    def __call__(self, request: Request) -> Found:
        """The newest movies of the query's scope that the viewer has not rated."""
        catalogue = request.catalogue
        released, added = request.top("latest", self.size), request.top("arrivals", self.added)
        added = added[~is_among(added, released)]
        years = catalogue.stats.year[released].astype(np.int64)
        causes = np.concatenate([years, np.full(len(added), ADDED)])
        return Found(np.concatenate([released, added]), causes)

    def reason(self, request: Request, cause: int) -> Reason | None:
        """Says in which way it is new."""
        return Reason("added") if cause == ADDED else Reason("released", {"year": str(cause)})
