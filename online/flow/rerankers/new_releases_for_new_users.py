"""FreshForNewcomers: somebody without a history sees what is new between what is popular."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.rerankers.rerank_utils import min_frequency
from online.flow.stages import NOT_RETRIEVED, Candidates, Request
from sparrow.arrays import Int


@dataclass(frozen=True)
class NewReleasesForNewUsers:
    """Gives every `every`-th place to the best movie that the source in `row` found."""

    row: int  # of the source of fresh movies in the flow
    every: int = 5
    name: str = "fresh-for-newcomers"

    def __call__(self, request: Request, candidates: Candidates, scores: np.ndarray) -> Int:
        """The new order; that of a user with a history is left alone."""
        fresh = candidates.provenance[self.row] > NOT_RETRIEVED
        if len(request.user.history) > 0 or not fresh.any():
            return np.arange(len(candidates))
        return min_frequency(self.every, fresh)
