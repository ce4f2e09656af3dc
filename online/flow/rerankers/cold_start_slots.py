"""ColdSlots: a movie that nobody is shown is never rated; a few places are kept for such ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.cold_start import cold_start_scores
from online.flow.stages import NOT_RETRIEVED, Candidates, Request
from sparrow.arrays import Int


@dataclass(frozen=True)
class ColdStartSlots:
    """Guarantees one cold movie in every so many places, below the top of the list.

    Places are looked at a window at a time. Into a window without a cold movie comes, at its first
    place, the one from further below that fits the user best.
    """

    row: int  # of the source of cold movies in the flow
    share: float = 0.05  # of the places below `top` that a cold movie is sure of; 0 for none
    top: int = 20  # places that are never given away: a first page is as good as it can be
    depth: int = 100  # places that are looked at; below, the order stays
    name: str = "cold-slots"

    def __call__(self, request: Request, candidates: Candidates, scores: np.ndarray) -> Int:
        """The new order; without cold movies below a window, the window stays as it is."""
        order = np.arange(len(candidates))
        waiting = order[candidates.provenance[self.row] > NOT_RETRIEVED]
        if self.share <= 0 or not len(waiting):
            return order
        fit = cold_start_scores(request, candidates.item_index[waiting])
        places, chosen = self._slots(waiting[np.argsort(-fit, kind="stable")].tolist(), len(order))
        if not places:
            return order
        rest = np.delete(order, chosen)
        # a slot's place counts those before it, of which the rest knows nothing
        moved: Int = np.insert(rest, np.array(places) - np.arange(len(places)), chosen)
        return moved

    def _slots(self, waiting: list[int], length: int) -> tuple[list[int], list[int]]:
        """Places that are given away, and which places the movies have that get them.

        `waiting` are the places of cold movies, those that fit best first.
        """
        every = round(1 / self.share)
        places: list[int] = []
        chosen: list[int] = []
        for start in range(self.top, min(self.depth, length), every):
            below = [place for place in waiting if place >= start + every and place not in chosen]
            if not below:
                break
            if not any(start <= place < start + every for place in waiting):
                places.append(start)
                chosen.append(below[0])
        return places, chosen
