"""Popularity: ranks by the number of ratings; needs nothing but the catalogue."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow import Request, Scores
from sparrow.events import Int


@dataclass(frozen=True)
class PopularityScorer:
    """The same list for everybody: a baseline, and what is left when nothing else is known."""

    name: str = "popularity"

    def __call__(self, request: Request, positions: Int) -> Scores:
        """log(1 + ratings) of each movie."""
        popularity = np.log1p(request.catalogue.figures.count[positions])
        return Scores(popularity, {"popularity": popularity})
