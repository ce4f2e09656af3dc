"""UserKnn: movies liked by the users with the most similar taste."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.stages import Request, SourceResult
from online.reason import Reason
from online.users.neighbours import UserNeighbours
from sparrow.arrays import top_k


@dataclass(frozen=True)
class UserKnn:
    """Recalls from the nearest users by the cosine of their ALS vectors."""

    neighbours: UserNeighbours | None  # None: finds nothing
    nearest: int = 30
    size: int = 150
    name: str = "social"

    def __call__(self, request: Request) -> SourceResult:
        """Movies that at least two of the nearest users liked; the provenance is how many did."""
        vector = request.signals.vector("als")
        if self.neighbours is None or vector is None or not vector.any():
            return SourceResult(np.empty(0, dtype=np.int64))
        fit = self.neighbours.unit_vectors @ (vector / np.linalg.norm(vector)).astype(np.float32)
        fit = np.where(self.neighbours.ids == request.query.user_id, -np.inf, fit)
        near = top_k(np.where(fit > 0, fit, -np.inf), self.nearest)
        liked = [self.neighbours.liked[peer] for peer in near]
        if not liked:
            return SourceResult(np.empty(0, dtype=np.int64))
        movies, weights = np.concatenate(liked), np.repeat(fit[near], [len(m) for m in liked])
        movies, which, votes = np.unique(movies, return_inverse=True, return_counts=True)
        support = np.bincount(which, weights)
        found = top_k(
            np.where(request.eligible[movies] & (votes >= 2), support, -np.inf), self.size
        )
        return SourceResult(movies[found], votes[found])

    def reason(self, request: Request, cause: int) -> Reason | None:
        """Says how many of the nearest users liked the movie."""
        return Reason("social", {"count": str(cause)})
