"""PopularityControl: how well known the movies of a list are, as the user wishes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.rerankers.rerank_utils import resort_top, standardise, top_k_depth
from online.flow.stages import Candidates, Request
from sparrow.arrays import Int


@dataclass(frozen=True)
class PopularityControl:
    """Adds `strength` · wish · the logarithm of a movie's ratings to its score.

    Both are standardised over the head. A sum of this form is monotone: the more is wished for, the
    better known is the top of the list, whatever its length.
    """

    popularity: float = 0.0  # of the flow, −1 (obscure) … 1 (well known); the user's adds to it
    strength: float = 3.0
    name: str = "popularity"

    def __call__(self, request: Request, candidates: Candidates, scores: np.ndarray) -> Int:
        """The new order; the old one where nothing is wished for."""
        popularity = self.popularity + request.query.popularity
        depth = top_k_depth(scores)
        if popularity == 0 or depth == 0:
            return np.arange(len(candidates))
        ratings = request.catalogue.stats.count[candidates.item_index[:depth]]
        known = standardise(np.log1p(ratings))
        return resort_top(
            standardise(scores[:depth]) + self.strength * popularity * known, len(scores)
        )
