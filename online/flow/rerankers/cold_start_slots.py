"""ColdStartSlots: some ranks are kept for cold movies, which otherwise would never be rated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.cold_start import cold_start_scores
from online.flow.stages import NOT_RETRIEVED, Candidates, Request
from sparrow.arrays import Int


@dataclass(frozen=True)
class ColdStartSlots:
    """Guarantees one cold movie in each window of ranks, below the top of the list.

    If a window has no cold movie, the best one from below takes its first rank.
    """

    row: int  # index of the source of cold movies in the flow
    share: float = 0.05  # of the ranks below `top` that are guaranteed to cold movies
    top: int = 20  # ranks that are never changed
    depth: int = 100  # ranks that are looked at; below, the order stays
    name: str = "cold-slots"

    def __call__(self, request: Request, candidates: Candidates, scores: np.ndarray) -> Int:
        """The new order; a window stays if there are no cold movies below it."""
        order = np.arange(len(candidates))
        waiting = order[candidates.provenance[self.row] > NOT_RETRIEVED]
        if self.share <= 0 or not len(waiting):
            return order
        fit = cold_start_scores(request, candidates.item_index[waiting])
        places, chosen = self._slots(waiting[np.argsort(-fit, kind="stable")].tolist(), len(order))
        if not places:
            return order
        rest = np.delete(order, chosen)
        # a slot counts the slots before it, which `rest` does not
        moved: Int = np.insert(rest, np.array(places) - np.arange(len(places)), chosen)
        return moved

    def _slots(self, waiting: list[int], length: int) -> tuple[list[int], list[int]]:
        """The ranks that are given to cold movies, and the current ranks of these movies.

        `waiting` are the ranks of cold movies, the best first.
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
