"""DPP: the movies of a list span a large volume, weighted by relevance."""

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

RIDGE = 0.1
"""Added to the diagonal, so that more movies can be chosen than the vectors have dimensions."""

_MIN_GAIN = 1e-6  # least volume that a movie must add to be chosen


@dataclass(frozen=True)
class DPP:
    """Greedy MAP inference of a determinantal point process (Chen, Zhang, Zhou 2018,
    arXiv:1709.05135).

    Chooses the movie that increases θ · Σ relevance + (1 − θ) · log det(similarity) most, one by
    one, with θ = 1 − diversity; with an incremental Cholesky factor a
    choice costs (movies · chosen).
    """

    diversity: float = 0.0  # of the flow; the query's adds to it, up to `most`
    most: float = 0.95
    scale: float = 10.0  # weight of relevance from worst to best, against a log determinant
    places: int = 60  # ranks that are chosen; the others follow in the old order
    name: str = "dpp"

    def __call__(self, request: Request, candidates: Candidates, scores: np.ndarray) -> Int:
        """The new order; unchanged for a diversity of 0."""
        diversity = min(self.most, self.diversity + request.query.diversity)
        depth = top_k_depth(scores)
        if diversity == 0 or depth < 3:
            return np.arange(len(candidates))
        movies = item_representations(request, candidates.take(np.arange(depth))).astype(np.float64)
        weight = self.scale * (1 - diversity) / diversity
        quality = np.exp(weight * (relevance(scores[:depth]) - 1) / 2)
        chosen = _greedy(movies * quality[:, np.newaxis], quality, min(self.places, depth))
        return move_to_front(chosen, len(candidates))


def _greedy(movies: np.ndarray, quality: np.ndarray, places: int) -> Int:
    """Rows chosen by the kernel movies @ movies.T + RIDGE · diag(quality²), best first."""
    own = RIDGE * quality**2
    left = (movies**2).sum(axis=1) + own  # (n,) squared volume that each movie would add
    least = _MIN_GAIN * left
    factor = np.zeros((places, len(movies)))  # rows of the Cholesky factor
    chosen: list[int] = []
    for place in range(places):
        best = int(left.argmax())
        if left[best] <= least[best]:
            break
        kernel = movies @ movies[best]
        kernel[best] += own[best]
        row = (kernel - factor[:place, best] @ factor[:place]) / np.sqrt(left[best])
        factor[place] = row
        left -= row**2
        left[best] = -np.inf
        chosen.append(best)
    return np.array(chosen, dtype=np.int64)
