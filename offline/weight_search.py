"""The search for weights whose lists foresee best."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from offline.trials import Goal, Weights
from sparrow.evidence import COUNTED

STEP = 0.5  # of the first round of the search
ROUNDS = 3  # each with half the step
GAIN = 1.003  # that a change must bring: fewer parts rather than luck
OWN, MOST_OWN = 0.97, 4.0
"""Share of the best that a newcomer's list must reach, and the most that `alike` may count."""

MIXTURES = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Where the search for a compromise begins: near what either kind of cut wants, or in between. From
a single part it ends on one of many small hills."""


def climb(goal: Goal, starts: Sequence[Weights] = ()) -> tuple[Weights, float]:
    """Steepest ascent, one weight at a time, with shrinking steps.

    It begins at the best of all single parts and `starts`.
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # NumPy lets go of Python meanwhile
        weights = max([*({part: 1.0} for part in COUNTED), *starts], key=goal)
        best = goal(weights)
        for round_ in range(ROUNDS):
            size = STEP / 2**round_
            while True:
                changes = [
                    {**weights, part: round(weights.get(part, 0.0) + by * size, 6)}
                    for part in COUNTED
                    for by in (-2, -1, 1, 2)
                ]
                values = list(pool.map(goal, changes))
                if max(values) <= best * GAIN:
                    break
                best = max(values)
                weights = {k: w for k, w in changes[int(np.argmax(values))].items() if w}
    return weights, best


def nearness(goals: Mapping[str, Goal], best: Mapping[str, float]) -> Goal:
    """The mean share of each kind's best NDCG that weights reach."""

    def reached(weights: Weights) -> float:
        return float(
            np.mean([goal(weights) / max(best[kind], 1e-9) for kind, goal in goals.items()])
        )

    return reached


def mixtures(first: Weights, second: Weights) -> list[Weights]:
    """Both together, by MIXTURES of the second for one of the first."""
    return [
        {part: first.get(part, 0.0) + ratio * second.get(part, 0.0) for part in {**first, **second}}
        for ratio in MIXTURES
    ]


def personal(goal: Goal) -> tuple[Weights, float]:
    """The weights that `climb` finds, with as much of what is one's own as costs next to nothing.

    A newcomer who told of a few films should not get the list that everybody gets.
    """
    weights, best = climb(goal)
    least = best * OWN
    while weights.get("alike", 0.0) < MOST_OWN:
        more = {**weights, "alike": weights.get("alike", 0.0) + STEP / 2}
        reached = goal(more)
        if reached < least:
            break
        weights, best = more, reached
    return weights, best
