"""Freshness: how recent the movies of a list are, as the user wishes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.rerankers.rerank_utils import resort_top, standardise, top_k_depth
from online.flow.stages import Candidates, Request
from sparrow.arrays import Int


@dataclass(frozen=True)
class Freshness:
    """Adds `strength` · wish · the year of release to a movie's score.

    Both are standardised over the head, which makes the mean year of the list's top grow with the
    wish. A movie of unknown year counts as one of the mean year.
    """

    strength: float = 3.0
    name: str = "freshness"

    def __call__(self, request: Request, candidates: Candidates, scores: np.ndarray) -> Int:
        """The new order; the old one where nothing is wished for."""
        wish = request.query.freshness
        depth = top_k_depth(scores)
        if wish == 0 or depth == 0:
            return np.arange(len(candidates))
        year = standardise(request.catalogue.stats.year[candidates.item_index[:depth]])
        return resort_top(standardise(scores[:depth]) + self.strength * wish * year, len(scores))
