"""Excluded: movies that the query names are left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.stages import Request
from online.runtime.sorted_isin import isin_sorted
from sparrow.arrays import Int


@dataclass(frozen=True)
class Excluded:
    """Drops the ids in `Query.exclude`."""

    name: str = "excluded"

    def __call__(self, request: Request, item_index: Int) -> np.ndarray:
        """True where the query does not exclude the movie; unknown ids exclude nothing."""
        return ~isin_sorted(item_index, request.excluded)
