"""The history of one user at one moment: what every signal is computed from."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sparrow.arrays import Int


@dataclass(frozen=True)
class History:
    """What a user did before the moment `at`, oldest first; arrays (n,) of one length.

    Training builds it from a rating log cut at `at`, a server from the release and later events.
    """

    item_index: Int  # places in the catalogue, ascending by movie id
    rating: np.ndarray  # float32 stars, NaN for a movie that was chosen without a rating
    timestamp: Int  # seconds since 1970
    weight: np.ndarray  # float32, 1 for a rating; less for a movie that stands for a stated taste
    at: int  # moment of the query, seconds since 1970
    taste_points: np.ndarray = field(  # (tastes,) float32 share of a newcomer's points, 0 if none
        default_factory=lambda: np.zeros(0, dtype=np.float32)
    )

    def __len__(self) -> int:
        return len(self.item_index)
