"""GenreDiversity: a list of neighbours should not be one genre ten times over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.rerankers.rerank_utils import standardise
from online.flow.stages import Candidates, Request
from sparrow.arrays import Int


@dataclass(frozen=True)
class GenreDiversity:
    """Greedy choice in the manner of MMR (Carbonell, Goldstein 1998).

    Each place goes to the movie with the best score less what its genres were shown just before:
    score − strength · mean over its genres of how much each was shown. Shown genres fade.
    """

    strength: float = 0.15  # in standard deviations of the score; 0 leaves the order alone
    depth: int = 100  # places that are rearranged; below, the order stays
    fade: float = 0.85  # what is left of an appearance one place later
    name: str = "genre-diversity"

    def __call__(self, request: Request, candidates: Candidates, scores: np.ndarray) -> Int:
        """The new order; what has no score is never moved."""
        order = np.arange(len(candidates))
        depth = min(self.depth, int(np.isfinite(scores).sum()))
        if self.strength == 0 or depth < 3 or request.query.genre is not None:
            return order
        flags = request.catalogue.genres[candidates.item_index[:depth]].astype(np.float64)
        penalty = self.strength * flags / np.maximum(flags.sum(axis=1, keepdims=True), 1)
        score = standardise(scores[:depth])
        # what a chosen movie (row) changes, when what was shown before it has faded
        changes = list((1 - self.fade) * score - flags @ penalty.T)
        value = score.copy()
        for place in range(depth):
            chosen = value.argmax()
            order[place] = chosen
            value[chosen] = -np.inf
            value *= self.fade
            value += changes[chosen]
        return order
