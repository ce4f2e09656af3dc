"""InGenre: keeps movies of the query's genre."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.stages import Request
from sparrow.arrays import Int


@dataclass(frozen=True)
class InGenre:
    """Drops movies of other genres than `Query.genre`."""

    name: str = "other genre"

    def __call__(self, request: Request, item_index: Int) -> np.ndarray:
        """True where the movie is of the genre; all True without one."""
        if request.query.genre is None:
            return np.ones(len(item_index), dtype=bool)
        return request.catalogue.in_genre(request.query.genre)[item_index]
