"""ReleaseYears: keeps movies of the query's years of release."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.stages import Request
from sparrow.arrays import Int


@dataclass(frozen=True)
class ReleaseYears:
    """Drops movies outside the query's years of release."""

    name: str = "other years"

    def __call__(self, request: Request, item_index: Int) -> np.ndarray:
        """True where the year fits; an unknown year fits only if the query sets none."""
        year, kept = request.catalogue.stats.year[item_index], np.ones(len(item_index), dtype=bool)
        if request.query.year_from is not None:
            kept &= year >= request.query.year_from
        if request.query.year_to is not None:
            kept &= year <= request.query.year_to
        return kept
