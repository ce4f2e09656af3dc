"""Freshness: prefers recent movies, by the query's `freshness`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.rerankers.rerank_utils import resort_top, standardise, top_k_depth
from online.flow.stages import Candidates, Request
from sparrow.arrays import Int


@dataclass(frozen=True)
class Freshness:
    """Adds `strength` · freshness · the year of release to a movie's score.

    Both are standardised over the head, so that the mean year of the top grows with the freshness.
    A movie of unknown year counts as one of the mean year.
    """

    strength: float = 3.0
    name: str = "freshness"

    def __call__(self, request: Request, candidates: Candidates, scores: np.ndarray) -> Int:
        """The new order; unchanged for a freshness of 0."""
        freshness = request.query.freshness
        depth = top_k_depth(scores)
        if freshness == 0 or depth == 0:
            return np.arange(len(candidates))
        year = standardise(request.catalogue.stats.year[candidates.item_index[:depth]])
        return resort_top(
            standardise(scores[:depth]) + self.strength * freshness * year, len(scores)
        )
