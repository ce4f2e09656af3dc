"""Rankings to compare in simulations."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from online.simulation.ground_truth import Tastes
from online.simulation.simulated_experiment import Ranker
from sparrow.arrays import Int

PLACES = 10


def best(tastes: Tastes, seen: Mapping[int, Int] | None = None) -> Ranker:
    """What each viewer likes best by these tastes, which may be wrong.

    `seen` are places of the movies that the viewer at a place has seen: they are left out.
    """

    def rank(viewers: Int) -> np.ndarray:
        stars = tastes.of(viewers)
        for row, viewer in enumerate(viewers.tolist()):
            if seen is not None and viewer in seen:
                stars[row, seen[viewer]] = -np.inf
        top = np.argpartition(-stars, PLACES, axis=1)[:, :PLACES]
        order = np.take_along_axis(stars, top, axis=1).argsort(axis=1)[:, ::-1]
        return np.take_along_axis(top, order, axis=1)

    return rank
