"""StatedTastes: somebody who gave points to tastes, and has hardly rated, sees mostly these."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.rerankers.rerank_utils import DEPTH, chosen_first
from online.flow.stages import Candidates, Request
from sparrow.arrays import Int


@dataclass(frozen=True)
class StatedTastes:
    """Lets movies of other tastes have at most a share of the places, counted from the top.

    The share grows with the ratings of the user, who then shows what they like; from `enough`
    ratings on the order is left alone.
    """

    others: float = 1 / 6  # share of the places without any rating
    enough: int = 10  # ratings
    member: float = 0.5  # affinity from which a movie belongs to a taste
    name: str = "stated-tastes"

    def __call__(self, request: Request, candidates: Candidates, scores: np.ndarray) -> Int:
        """The new order; that of somebody who gave no points is left alone."""
        order = np.arange(len(candidates))
        tastes, points = request.catalogue.fitted.tastes, request.history.taste_points
        known = len(request.viewer.history) / self.enough
        if tastes is None or not points.any() or known >= 1:
            return order
        affinity = tastes.affinity[points > 0][:, candidates.positions]
        other = ~(affinity >= self.member).any(axis=0)
        share = self.others + (1 - self.others) * known
        return chosen_first(
            merged(np.flatnonzero(~other), np.flatnonzero(other), share), len(order)
        )


def merged(own: Int, others: Int, share: float) -> Int:
    """The first places of both lists of ranks, ascending: at most a `share` of them `others`.

    Ends where one of the two does, or with the head of the list.
    """
    found: list[int] = []
    taken = [0, 0]  # of own, of others
    while taken[0] < len(own) and taken[1] < len(others) and len(found) < DEPTH:
        allowed = taken[1] + 1 <= share * (len(found) + 1)
        other = int(allowed and others[taken[1]] < own[taken[0]])
        found.append(int((others if other else own)[taken[other]]))
        taken[other] += 1
    return np.array(found, dtype=np.int64)
