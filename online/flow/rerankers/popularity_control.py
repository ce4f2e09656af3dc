"""PopularityControl: prefers well known or obscure movies, by the query's `popularity`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.rerankers.rerank_utils import resort_top, standardise, top_k_depth
from online.flow.stages import Candidates, Request
from sparrow.arrays import Int


@dataclass(frozen=True)
class PopularityControl:
    """Adds `strength` · popularity · the logarithm of the number of ratings to a movie's score.

    Both are standardised over the head. The effect is monotone: the larger the popularity, the
    better known is the top of the list.
    """

    popularity: float = 0.0  # of the flow, −1 (obscure) … 1 (well known); the query's adds to it
    strength: float = 3.0
    name: str = "popularity"

    def __call__(self, request: Request, candidates: Candidates, scores: np.ndarray) -> Int:
        """The new order; unchanged for a popularity of 0."""
        popularity = self.popularity + request.query.popularity
        depth = top_k_depth(scores)
        if popularity == 0 or depth == 0:
            return np.arange(len(candidates))
        ratings = request.catalogue.stats.count[candidates.item_index[:depth]]
        known = standardise(np.log1p(ratings))
        return resort_top(
            standardise(scores[:depth]) + self.strength * popularity * known, len(scores)
        )
