"""NotInterested: what a user hid stays hidden."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.stages import Request
from online.runtime.sorted_isin import isin_sorted
from sparrow.arrays import Int


@dataclass(frozen=True)
class NotInterested:
    """Drops what the user has no interest in."""

    name: str = "not interested"

    def __call__(self, request: Request, item_index: Int) -> np.ndarray:
        """True where the user did not hide the movie."""
        return ~isin_sorted(item_index, request.hidden)
