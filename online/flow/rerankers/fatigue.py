"""Fatigue: movies that were shown in several visits without a click move down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.stages import Candidates, Request
from online.runtime.sorted_isin import isin_sorted
from online.users.visit import in_current_visit, visit_numbers
from sparrow.arrays import Int, half_life_decay
from sparrow.feedback.event import EventType
from sparrow.units import DAY


@dataclass(frozen=True)
class Fatigue:
    """Lowers a movie by some ranks for each earlier visit in which it was shown.

    A visit counts once, and its weight decays by half in `half_life` days. The current visit does
    not count, so that its lists stay the same. A click on the movie resets it. Impressions and
    clicks count for all ids of a movie. No movie leaves the list.
    """

    ranks: float = 3.0  # of a visit that has just ended
    half_life: float = 3.0  # days
    name: str = "fatigue"

    def __call__(self, request: Request, candidates: Candidates, scores: np.ndarray) -> Int:
        """The new order; movies without a score stay at the end."""
        order = np.arange(len(candidates))
        movies, weight = self._shown_visits(request)
        if not len(movies):
            return order
        scored = int(np.isfinite(scores).sum())
        listed = request.catalogue.duplicates.representatives(candidates.item_index[:scored])
        sorted_by = np.searchsorted(movies, listed)
        same = movies.take(sorted_by, mode="clip") == listed
        lowered = np.where(same, self.ranks * weight.take(sorted_by, mode="clip"), 0.0)
        order[:scored] = np.argsort(order[:scored] + lowered, kind="stable")
        return order

    def _shown_visits(self, request: Request) -> tuple[Int, np.ndarray]:
        """item_index of the movies that were shown, ascending, and the weight of each one's visits.

        A movie with several ids is at the item_index of the one that represents it.
        """
        shown = request.user.recent_events(EventType.IMPRESSION)
        if not len(shown):
            return np.empty(0, dtype=np.int64), np.empty(0)
        number, ends = _visits(shown["timestamp"])
        here = request.catalogue.has(shown["movie_id"])
        one_id = request.catalogue.duplicates.representatives
        movies = one_id(request.catalogue.item_index(shown["movie_id"]))
        number, over = number[here], ~in_current_visit(shown["timestamp"], request.at)[here]
        counts = over & ~isin_sorted(movies, one_id(request.clicked))
        pairs = np.unique(np.stack([movies[counts], number[counts]]), axis=1)
        age = np.maximum(request.at - ends[pairs[1]], 0) / DAY
        tired, which = np.unique(pairs[0], return_inverse=True)
        weight = np.bincount(which, half_life_decay(age, self.half_life), minlength=len(tired))
        return tired, weight


def _visits(timestamps: Int) -> tuple[Int, Int]:
    """The visit number of each moment, and the end of each visit."""
    number = visit_numbers(timestamps)
    ends = np.zeros(number.max(initial=-1) + 1, dtype=np.int64)
    np.maximum.at(ends, number, timestamps)
    return number, ends
