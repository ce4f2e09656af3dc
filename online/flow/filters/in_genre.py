"""InGenre: a query for one genre gets no other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.stages import Request
from sparrow.arrays import Int


@dataclass(frozen=True)
class InGenre:
    """Drops movies that are not of the query's genre."""

    name: str = "other genre"

    def __call__(self, request: Request, item_index: Int) -> np.ndarray:
        """True where the movie is of the genre asked for, or none was."""
        if request.query.genre is None:
            return np.ones(len(item_index), dtype=bool)
        return request.catalogue.in_genre(request.query.genre)[item_index]
