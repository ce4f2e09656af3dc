"""HeldOrder: a list that is made again has the order in which the visit holds it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.rerankers.rerank_utils import move_to_front, ranks_of
from online.flow.stages import Candidates, Request
from sparrow.arrays import Int


@dataclass(frozen=True)
class SlateOrder:
    """Puts the movies of `Request.held` first, in its order, as far as they are still there.

    Made again from the same moment and the same draws, a list is mostly in this order already. What
    changed in between (counts of the bandits, a source that has no time, a movie that was hidden)
    must not show.
    """

    name: str = "slate"

    def __call__(self, request: Request, candidates: Candidates, scores: np.ndarray) -> Int:
        """The new order; below what is held, the others keep theirs."""
        if request.slate is None:
            return np.arange(len(candidates))
        places = ranks_of(request.slate.movies, candidates)
        return move_to_front(places[places >= 0], len(candidates))
