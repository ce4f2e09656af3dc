"""PopularityControl: how well known the movies of a list are, as the viewer wishes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.rerankers.rerank_utils import head, resorted, standardised
from online.flow.stages import Candidates, Request
from sparrow.arrays import Int


@dataclass(frozen=True)
class PopularityControl:
    """Adds `strength` · wish · the logarithm of a movie's ratings to its score.

    Both are standardised over the head. A sum of this form is monotone: the more is wished for, the
    better known is the top of the list, whatever its length.
    """

    wish: float = 0.0  # of the flow, −1 (obscure) … 1 (well known); the viewer's adds to it
    strength: float = 3.0
    name: str = "popularity"

    def __call__(self, request: Request, candidates: Candidates, scores: np.ndarray) -> Int:
        """The new order; the old one where nothing is wished for."""
        wish = self.wish + request.query.popularity
        depth = head(scores)
        if wish == 0 or depth == 0:
            return np.arange(len(candidates))
        ratings = request.catalogue.stats.count[candidates.positions[:depth]]
        known = standardised(np.log1p(ratings))
        return resorted(standardised(scores[:depth]) + self.strength * wish * known, len(scores))
