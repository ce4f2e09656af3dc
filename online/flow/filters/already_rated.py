"""AlreadyRated: nobody is shown a movie that they rated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.stages import Request
from online.runtime.sorted_isin import is_among
from sparrow.arrays import Int


@dataclass(frozen=True)
class AlreadyRated:
    """Drops what the viewer rated."""

    name: str = "already rated"

    def __call__(self, request: Request, positions: Int) -> np.ndarray:
        """True where the viewer has not rated the movie."""
        return ~is_among(positions, request.rated)
