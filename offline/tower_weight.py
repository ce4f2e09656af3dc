"""How much the two towers' word counts beside the evidence, on ratings that they have not seen."""

from __future__ import annotations

from dataclasses import replace

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


def with_towers(
    space: Workspace, ratings: Ratings, asked: list[Asked]
) -> tuple[list[Asked], float]:
    """The evidence with what the towers say, by the weight that foresees best."""
    folder = space.folder("retrieval")
    features = load_feature_set(space.folder("features"))
    said = [
        standardised(
            retrieval.judged_scores(folder, each.held.viewers, features, ratings.movie_ids)
        ).astype(np.float32)
        for each in asked
    ]
    trials = {
        each.held.kind: [Trial({"evidence": each.evidence, TOWERS: part}, each.seen, each.relevant)]
        for each, part in zip(asked, said, strict=True)
    }
    weight, reached = tower_weight(trials)
    space.console.print(f"  two towers: {weight:g}, {reached:.3f} of the evidence alone")
    together = [
        replace(each, evidence=each.evidence + np.float32(weight) * part)
        for each, part in zip(asked, said, strict=True)
    ]
    return together, weight


def tower_weight(trials: dict[str, list[Trial]]) -> tuple[float, float]:
    """The smallest weight that nothing in GRID is clearly better than.

    And the NDCG that it reaches, in units of the evidence's alone.
    """
    alone = {kind: backtest.pooled(each)({"evidence": 1.0}) for kind, each in trials.items()}
    goal = backtest.nearness(trials, alone)
    reached = [goal({"evidence": 1.0, TOWERS: weight}) for weight in GRID]
    place = next(k for k, value in enumerate(reached) if value * backtest.GAIN >= max(reached))
    return GRID[place], reached[place]
