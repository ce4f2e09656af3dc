"""Fatigue: what was shown again and again without a click makes room for a while."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow import Request
from online.membership import is_among
from sparrow.events import Int
from sparrow.feedback.event import Kind
from sparrow.feedback.record import KINDS, STANDS

DAY = 86_400  # seconds


@dataclass(frozen=True)
class Fatigue:
    """Drops movies whose impressions, each fading by half in so many days, add up to `most`.

    A click on a movie, at any time that is remembered, shows that it is not tired of.
    """

    most: float = 2.5
    half_life: float = 3.0  # days
    name: str = "shown too often"

    def __call__(self, request: Request, positions: Int) -> np.ndarray:
        """True where the movie was not shown too often."""
        recent = request.viewer.recent
        recent = recent[recent["flag"] == STANDS]
        shown = recent[recent["kind"] == KINDS.index(Kind.IMPRESSION)]
        if not len(shown):
            return np.ones(len(positions), dtype=bool)
        clicked = recent["movie_id"][recent["kind"] == KINDS.index(Kind.CLICK)]
        movies, which = np.unique(shown["movie_id"], return_inverse=True)
        age = np.maximum(request.at - shown["timestamp"], 0) / DAY
        weight = np.bincount(which, 0.5 ** (age / self.half_life), minlength=len(movies))
        tired, looked_at = map(request.catalogue.every_id, (movies[weight >= self.most], clicked))
        return ~is_among(positions, np.setdiff1d(tired, looked_at))
