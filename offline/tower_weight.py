"""How much the two towers' word counts beside the evidence, on ratings that they have not seen."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from offline import backtest, retrieval
from offline.asked import Asked
from offline.backtest import Trial
from offline.cuts import Ratings
from offline.features import load_feature_set
from offline.steps import Workspace
from sparrow.evidence import TOWERS, standardised

GRID = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
"""Weights that are tried."""


@dataclass(frozen=True)
class TowerWeights:
    """What the towers count, by situation."""

    weight: float
    next: float  # for viewers of whom `goes_on` is true


def with_towers(
    space: Workspace, ratings: Ratings, asked: list[Asked]
) -> tuple[list[Asked], TowerWeights]:
    """The evidence with what the towers say, by the weights that foresee best."""
    folder = space.folder("retrieval")
    features = load_feature_set(space.folder("features"))
    said = [
        standardised(
            retrieval.judged_scores(folder, each.held.viewers, features, ratings.movie_ids)
        ).astype(np.float32)
        for each in asked
    ]
    found = tower_weights(asked, said)
    space.console.print(
        f"  two towers: {found.weight:g}; for lists that go on where a viewer stopped "
        f"{found.next:g}",
        highlight=False,
    )
    together = [
        replace(each, evidence=each.evidence + counted(each, found) * part)
        for each, part in zip(asked, said, strict=True)
    ]
    return together, found


def counted(asked: Asked, weights: TowerWeights) -> np.ndarray:
    """Each viewer's weight of the towers, (viewers, 1) float32."""
    each = np.where(asked.stopped, weights.next, weights.weight)
    return each.astype(np.float32)[:, None]


def tower_weights(asked: list[Asked], said: list[np.ndarray]) -> TowerWeights:
    """Both weights: first that of lists that go on, which are judged by what comes next alone.

    `said`: (viewers, movies) float32 of the towers for each of `asked`.
    """
    goes_on = 0.0
    stopped = [
        each.trial(towers=part).of_viewers(each.stopped)
        for each, part in zip(asked, said, strict=True)
        if each.held.kind == "last" and each.stopped.any()
    ]
    if stopped:
        goes_on = tower_weight({"last": stopped})
    fixed = TowerWeights(0.0, goes_on)
    trials = {
        each.held.kind: [
            replace(each, evidence=each.evidence + counted(each, fixed) * part).trial(
                towers=np.where(each.stopped[:, None], np.float32(0), part)
            )
        ]
        for each, part in zip(asked, said, strict=True)
    }
    return TowerWeights(tower_weight(trials), goes_on)


def tower_weight(trials: dict[str, list[Trial]]) -> float:
    """The smallest weight that nothing in GRID is clearly better than."""
    goals = {kind: backtest.pooled(each) for kind, each in trials.items()}
    alone = {kind: goal({"evidence": 1.0}) for kind, goal in goals.items()}
    goal = backtest.nearness(goals, alone)
    reached = [goal({"evidence": 1.0, TOWERS: weight}) for weight in GRID]
    return next(
        weight
        for weight, value in zip(GRID, reached, strict=True)
        if value * backtest.GAIN >= max(reached)
    )
