"""NewReleasesForNewUsers: mixes new movies into the popular ones of users without a history."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.rerankers.rerank_utils import min_frequency
from online.flow.stages import NOT_RETRIEVED, Candidates, Request
from sparrow.arrays import Int


@dataclass(frozen=True)
class NewReleasesForNewUsers:
    """Gives every `every`-th rank to the best movie that the source at `row` found."""

    row: int  # index of the source of new movies in the flow
    every: int = 5
    name: str = "fresh-for-newcomers"

    def __call__(self, request: Request, candidates: Candidates, scores: np.ndarray) -> Int:
        """The new order; unchanged for a user with a history."""
        fresh = candidates.provenance[self.row] > NOT_RETRIEVED
        if len(request.user.history) > 0 or not fresh.any():
            return np.arange(len(candidates))
        return min_frequency(self.every, fresh)
