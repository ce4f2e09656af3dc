"""SimilarToOrigin: movies similar to `Query.movie_id`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.catalogue.similar_movies import nearest_items
from online.flow.stages import Request, SourceResult
from online.reason import Reason
from online.types import SimilarBy
from sparrow.arrays import Int


@dataclass(frozen=True)
class SimilarToOrigin:
    """Recalls the neighbours of `Query.movie_id`; without a size, all movies."""

    by: SimilarBy = "embedding"
    size: int | None = 150

    @property
    def name(self) -> str:
        """One source for each kind of similarity."""
        return f"similar-by-{self.by}"

    def __call__(self, request: Request) -> SourceResult:
        """The most similar eligible movies; the provenance is `Query.movie_id`."""
        count = len(request.catalogue) if self.size is None else self.size
        found = nearest_items(request.catalogue, request.query_item, self.by, count)
        found = found[request.eligible[found]]
        return SourceResult(found, np.full(len(found), request.query_item))

    def unreachable(self, request: Request) -> Int:
        """What the user consumed, and the query's movie with its duplicates."""
        itself = request.catalogue.duplicates.ids_of_movie(request.query_item)
        return np.concatenate([request.consumed, itself])

    def reason(self, request: Request, cause: int) -> Reason | None:
        """Names the query's movie."""
        return Reason("similar", {"movie": request.catalogue.movies[request.query_item].title})
