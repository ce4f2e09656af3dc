"""MerchandisingRule: applies one rule to a list."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.merchandising import Rule
from online.flow.stages import Candidates, Request
from sparrow.arrays import Int


@dataclass(frozen=True)
class MerchandisingRule:
    """Pins movies to ranks, or moves them up or down by some ranks."""

    rule: Rule

    @property
    def name(self) -> str:
        """Contains the rule's name, so that `explain` lists each rule by itself."""
        return f"rule-{self.rule.name}"

    def __call__(self, request: Request, candidates: Candidates, scores: np.ndarray) -> Int:
        """The new order; movies that are no candidates are not inserted."""
        order = np.arange(len(candidates))
        # under any id of the movie
        duplicates = request.catalogue.duplicates
        movies = request.catalogue.item_index(dict.fromkeys(self.rule.movies))
        movies = duplicates.representatives(duplicates.deduplicate(movies))
        listed = duplicates.representatives(candidates.item_index)
        if self.rule.action == "pin":
            pinned = np.nonzero(movies[:, np.newaxis] == listed)[1]
            rest = np.setdiff1d(order, pinned)
            return np.insert(rest, min(self.rule.place - 1, len(rest)), pinned)
        meant = np.isin(listed, movies)
        step = self.rule.places + 0.5
        return np.argsort(
            order + np.where(meant, -step if self.rule.action == "boost" else step, 0.0),
            kind="stable",
        )
