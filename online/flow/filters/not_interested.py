"""NotInterested: what a viewer hid stays hidden."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.stages import Request
from online.runtime.sorted_isin import is_among
from sparrow.arrays import Int


@dataclass(frozen=True)
class NotInterested:
    """Drops what the viewer has no interest in."""

    name: str = "not interested"

    def __call__(self, request: Request, positions: Int) -> np.ndarray:
        """True where the viewer did not hide the movie."""
        return ~is_among(positions, request.hidden)
