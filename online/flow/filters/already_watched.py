"""AlreadyWatched: nobody is shown a movie that they said they watched."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.stages import Request
from online.runtime.sorted_isin import isin_sorted
from sparrow.arrays import Int


@dataclass(frozen=True)
class AlreadyWatched:
    """Drops what the user watched."""

    name: str = "already watched"

    def __call__(self, request: Request, item_index: Int) -> np.ndarray:
        """True where the user has not watched the movie."""
        return ~isin_sorted(item_index, request.watched)
