"""MinRatings: keeps movies with enough ratings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.stages import Request
from sparrow.arrays import Int


@dataclass(frozen=True)
class MinRatings:
    """Drops movies with fewer ratings than `Query.min_votes`."""

    name: str = "too few ratings"

    def __call__(self, request: Request, item_index: Int) -> np.ndarray:
        """True where the movie has at least `Query.min_votes` ratings."""
        count = request.catalogue.stats.count[item_index]
        return np.asarray(count >= request.query.min_votes)
