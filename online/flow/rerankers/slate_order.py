"""SlateOrder: a replayed list has the order of its slate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.rerankers.rerank_utils import move_to_front, ranks_of
from online.flow.stages import Candidates, Request
from sparrow.arrays import Int


@dataclass(frozen=True)
class SlateOrder:
    """Puts the movies of `Request.slate` first, in its order, as far as they are candidates.

    Replayed with the same moment and draws, a list is mostly in this order already, but not where
    something changed in between: rewards of bandits, a source over its time limit, a hidden movie.
    """

    name: str = "slate"

    def __call__(self, request: Request, candidates: Candidates, scores: np.ndarray) -> Int:
        """The new order; movies below the slate keep theirs."""
        if request.slate is None:
            return np.arange(len(candidates))
        places = ranks_of(request.slate.movies, candidates)
        return move_to_front(places[places >= 0], len(candidates))
