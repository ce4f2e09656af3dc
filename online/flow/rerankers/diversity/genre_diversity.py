"""GenreDiversity: movies of the same genre do not follow each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.rerankers.rerank_utils import standardise
from online.flow.stages import Candidates, Request
from sparrow.arrays import Int


@dataclass(frozen=True)
class GenreDiversity:
    """Greedy choice as in MMR (Carbonell, Goldstein 1998).

    Each rank goes to the movie with the largest score − strength · mean exposure of its genres just
    above. The exposure of a genre decays from rank to rank.
    """

    strength: float = 0.15  # in standard deviations of the score; 0: unchanged order
    depth: int = 100  # ranks that are reordered; below, the order stays
    fade: float = 0.85  # factor of the exposure per rank
    name: str = "genre-diversity"

    def __call__(self, request: Request, candidates: Candidates, scores: np.ndarray) -> Int:
        """The new order; movies without a score are never moved."""
        order = np.arange(len(candidates))
        depth = min(self.depth, int(np.isfinite(scores).sum()))
        if self.strength == 0 or depth < 3 or request.query.genre is not None:
            return order
        flags = request.catalogue.genres[candidates.item_index[:depth]].astype(np.float64)
        penalty = self.strength * flags / np.maximum(flags.sum(axis=1, keepdims=True), 1)
        score = standardise(scores[:depth])
        # change by a chosen movie (row), after the decay of the exposure above
        changes = list((1 - self.fade) * score - flags @ penalty.T)
        value = score.copy()
        for place in range(depth):
            chosen = value.argmax()
            order[place] = chosen
            value[chosen] = -np.inf
            value *= self.fade
            value += changes[chosen]
        return order
