"""ExcludedItems: drops movies of a set that the request defines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from online.flow.stages import Request
from online.runtime.sorted_isin import isin_sorted
from sparrow.arrays import Int


@dataclass(frozen=True)
class ExcludedItems:
    """Drops the movies whose item_index is in `items(request)`."""

    name: str
    items: Callable[[Request], Int]

    def __call__(self, request: Request, item_index: Int) -> np.ndarray:
        """True where the movie is not excluded."""
        return ~isin_sorted(item_index, self.items(request))
