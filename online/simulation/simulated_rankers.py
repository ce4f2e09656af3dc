"""Rankings to compare in simulations."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from online.simulation.ground_truth import GroundTruth
from online.simulation.simulated_experiment import Ranker
from sparrow.arrays import Int

PLACES = 10


def best(tastes: GroundTruth, seen: Mapping[int, Int] | None = None) -> Ranker:
    """What each user likes best by these tastes, which may be wrong.

    `seen` are places of the movies that the user at a place has seen: they are left out.
    """

    def rank(users: Int) -> np.ndarray:
        stars = tastes.of(users)
        for row, user in enumerate(users.tolist()):
            if seen is not None and user in seen:
                stars[row, seen[user]] = -np.inf
        top = np.argpartition(-stars, PLACES, axis=1)[:, :PLACES]
        order = np.take_along_axis(stars, top, axis=1).argsort(axis=1)[:, ::-1]
        return np.take_along_axis(top, order, axis=1)

    return rank
