"""MMR: avoids movies that are similar to one above."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.rerankers.rerank_utils import (
    item_representations,
    move_to_front,
    relevance,
    top_k_depth,
)
from online.flow.stages import Candidates, Request
from sparrow.arrays import Int

_MIN_GAIN = 1e-9  # least λ; relevance divided by less overflows


@dataclass(frozen=True)
class MMR:
    """Maximal marginal relevance (Carbonell, Goldstein 1998).

    Each rank goes to the movie with the largest (1 − λ) · relevance − λ · similarity to the most
    similar one above. λ is the query's `diversity`, scaled so that relevance still counts at 1.
    """

    diversity: float = 0.0  # of the flow, 0 … 1; the query's adds to it
    most: float = 0.8  # λ at a diversity of 1
    places: int = 100  # ranks that are chosen; the others follow in the old order
    name: str = "mmr"

    def __call__(self, request: Request, candidates: Candidates, scores: np.ndarray) -> Int:
        """The new order; unchanged for a diversity of 0."""
        weight = self.most * min(1.0, self.diversity + request.query.diversity)
        depth = top_k_depth(scores)
        if weight < _MIN_GAIN or depth < 3:
            return np.arange(len(candidates))
        movies = item_representations(request, candidates.take(np.arange(depth)))
        value = relevance(scores[:depth]) * (1 - weight) / weight
        return move_to_front(_greedy(value, movies, min(self.places, depth)), len(candidates))


def _greedy(value: np.ndarray, movies: np.ndarray, places: int) -> Int:
    """`places` rows, each the best by value minus similarity to the closest row chosen before."""
    left, closest = value.copy(), np.zeros(len(value))
    chosen = np.empty(places, dtype=np.int64)
    for place in range(places):
        best = (left - closest).argmax()
        chosen[place] = best
        left[best] = -np.inf
        np.maximum(closest, movies @ movies[best], out=closest)
    return chosen
