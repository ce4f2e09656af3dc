"""StatedTastes: users with stated tastes and few ratings get mostly movies of these tastes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.rerankers.rerank_utils import DEPTH, move_to_front
from online.flow.stages import Candidates, Request
from sparrow.arrays import Int
from sparrow.signals.models.taste_clusters import TasteClusters


@dataclass(frozen=True)
class StatedTastes:
    """Limits the share of movies that are far from the user's tastes, from the top down.

    The tastes are those with points, and the taste that nearly all of the first likes share. A
    movie of none of them has distance 1; one of theirs has its affinity to other tastes as its
    distance, so that a movie of all tastes does not lead every list.

    The allowed share grows with the ratings of a user who gave points. Without points, the likes
    have to show a taste first, so that the share shrinks before it grows. From `enough` ratings on
    the order is unchanged.
    """

    others: float = 1 / 8  # share of ranks that may be of other tastes, without any rating
    enough: int = 10  # ratings
    member: float = 0.5  # affinity from which a movie belongs to a taste
    likes: int = 4  # number of likes from which they show a taste
    most: float = 0.8  # share of the likes that have the taste in common
    touched: float = 0.3  # affinity from which a like has the taste
    name: str = "stated-tastes"

    def __call__(self, request: Request, candidates: Candidates, scores: np.ndarray) -> Int:
        """The new order; unchanged for a user without such a taste."""
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
        """The taste that the liked movies share, the rarest one: (tastes,) bool."""
        history = request.history
        liked = history.item_index[history.rating >= request.catalogue.like_threshold]
        if len(liked) < self.likes:
            return np.zeros(len(tastes), dtype=bool)
        shared = (tastes.affinity[:, liked] >= self.touched).mean(axis=1) >= self.most
        excess = np.where(shared, tastes.excess(liked), 0.0)
        shown: np.ndarray = shared & (excess == excess.max())
        return shown


def within(far: np.ndarray, share: float) -> Int:
    """The first ranks: ranks (k,) whose distances `far` (n,), 0 … 1, add up to a `share` of the
    ranks.

    The best rank that keeps within the share is next; if none does, the nearest one.
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
