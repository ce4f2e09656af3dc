"""StatedTastes: somebody of whom only tastes are known, and hardly a rating, sees mostly these."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.rerankers.rerank_utils import DEPTH, move_to_front
from online.flow.stages import Candidates, Request
from sparrow.arrays import Int
from sparrow.signals.models.taste_clusters import TasteClusters


@dataclass(frozen=True)
class StatedTastes:
    """Lets movies be at most so far from the user's tastes, counted from the top.

    The tastes are those with points, and the one that nearly all of the first likes have in common.
    A movie of none of them counts whole. One of theirs counts by how much of it is other tastes',
    so that what is a bit of everything does not lead the list of everybody.

    What may be far grows with the ratings of a user who gave points: they show what they like. The
    likes of a user without points have to show a taste first, so there it shrinks before it grows.
    From `enough` ratings on the order is left alone.
    """

    others: float = 1 / 8  # of the places may be of other tastes without any rating
    enough: int = 10  # ratings
    member: float = 0.5  # affinity from which a movie belongs to a taste
    likes: int = 4  # that a taste takes to be shown by them
    most: float = 0.8  # of the likes, that have the taste in common
    touched: float = 0.3  # affinity from which a like has something of a taste
    name: str = "stated-tastes"

    def __call__(self, request: Request, candidates: Candidates, scores: np.ndarray) -> Int:
        """The new order; that of somebody without such a taste is left alone."""
        order = np.arange(len(candidates))
        tastes, points = request.catalogue.fitted.tastes, request.history.taste_points
        known = len(request.user.history) / self.enough
        if tastes is None or not len(tastes) or known >= 1:
            return order
        own = self._shown(request, tastes)
        share = max(known, 1 - known)
        if points.any():
            own |= points > 0
            share = self.others + (1 - self.others) * known
        if not own.any():
            return order
        here = candidates.item_index
        belongs = (tastes.affinity[own][:, here] >= self.member).any(axis=0)
        far = np.where(belongs, 1.0 - tastes.distinctive(own, here), 1.0)
        return move_to_front(within(far, share), len(order))

    def _shown(self, request: Request, tastes: TasteClusters) -> np.ndarray:
        """The taste that the liked movies have in common, the rarest one: (tastes,) bool."""
        history = request.history
        liked = history.item_index[history.rating >= request.catalogue.like_threshold]
        if len(liked) < self.likes:
            return np.zeros(len(tastes), dtype=bool)
        shared = (tastes.affinity[:, liked] >= self.touched).mean(axis=1) >= self.most
        excess = np.where(shared, tastes.excess(liked), 0.0)
        shown: np.ndarray = shared & (excess == excess.max())
        return shown


def within(far: np.ndarray, share: float) -> Int:
    """The first places: ranks (k,) whose `far` (n,), 0 … 1, add up to a `share` of the places.

    The best rank that keeps within it is next; where none does, the nearest.
    """
    left = far.copy()
    found = np.empty(min(DEPTH, len(far)), dtype=np.int64)
    spent = 0.0
    for place in range(len(found)):
        near = left <= share * (place + 1) - spent + 1e-9
        rank = int(np.argmax(near) if near.any() else np.argmin(left))
        found[place] = rank
        spent += float(far[rank])
        left[rank] = np.inf
    return found
