"""How much the two towers' word counts beside the evidence, on ratings that they have not seen."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from offline.asked import Asked
from offline.cuts import Ratings
from offline.embeddings.two_tower.step import load_validation_model
from offline.held_cut import HeldCut
from offline.steps import Workspace
from offline.trials import Trial, pooled
from offline.weight_search import GAIN, nearness
from sparrow.embedding import rows_of
from sparrow.events import Int
from sparrow.evidence import TOWERS, standardised
from sparrow.signals.history import History
from sparrow.signals.two_tower import TwoTower

GRID = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
"""Weights that are tried."""


@dataclass(frozen=True)
class TowerWeights:
    """What the towers count beside the evidence."""

    weight: float
    next: float | None  # where lists go on; None: the evidence knows no such difference


def with_towers(
    space: Workspace, ratings: Ratings, asked: list[Asked]
) -> tuple[list[Asked], TowerWeights]:
    """The evidence with what the towers say, by the weights that foresee best."""
    towers, ids = load_validation_model(space.folder("retrieval"))
    place = rows_of(ratings.movie_ids, ids)
    said = [standardised(_logits(towers, place, ratings, each.held)) for each in asked]
    found = tower_weights(asked, said)
    apart = "" if found.next is None else f"; where lists go on {found.next:g}"
    space.console.print(f"  two towers: {found.weight:g}{apart}", highlight=False)
    together = [
        replace(each, evidence=each.evidence + counted(each, found) * part)
        for each, part in zip(asked, said, strict=True)
    ]
    return together, found


def _logits(towers: TwoTower, place: Int, ratings: Ratings, held: HeldCut) -> np.ndarray:
    """Of each user of a cut, (users, movies) float32; `place` (movies,) is the item_index."""
    rows = held.cut.known
    items = towers.item_vectors[place]
    logits = np.empty((len(held.cut.users), len(items)), dtype=np.float32)
    for number, user in enumerate(held.cut.users):
        own = rows[ratings.user[rows] == user]
        history = History(
            place[ratings.movie[own]],
            ratings.stars[own],
            ratings.timestamp[own],
            np.ones(len(own), dtype=np.float32),
            held.at,
        )
        logits[number] = items @ towers.vector(history)
    return logits


def counted(asked: Asked, weights: TowerWeights) -> np.ndarray:
    """Each viewer's weight of the towers, (viewers, 1) float32."""
    apart = weights.weight if weights.next is None else weights.next
    return np.where(asked.stopped, apart, weights.weight).astype(np.float32)[:, None]


def tower_weights(asked: list[Asked], said: list[np.ndarray]) -> TowerWeights:
    """Both weights: first that of lists that go on, which everybody's last rating judges.

    `said`: (viewers, movies) float32 of the towers for each of `asked`.
    """
    going_on = [
        replace(each, evidence=each.going_on).trial(towers=part)
        for each, part in zip(asked, said, strict=True)
        if each.going_on is not None and each.held.kind == "last"
    ]
    apart = tower_weight({"last": going_on}) if going_on else None
    trials = {}
    for each, part in zip(asked, said, strict=True):
        settled = each.stopped[:, None] & (apart is not None)
        weighed = each.evidence + settled * np.float32(apart or 0.0) * part
        rest = np.where(settled, np.float32(0.0), part)
        trials[each.held.kind] = [replace(each, evidence=weighed).trial(towers=rest)]
    return TowerWeights(tower_weight(trials), apart)


def tower_weight(trials: dict[str, list[Trial]]) -> float:
    """The smallest weight that nothing in GRID is clearly better than."""
    goals = {kind: pooled(each) for kind, each in trials.items()}
    alone = {kind: goal({"evidence": 1.0}) for kind, goal in goals.items()}
    goal = nearness(goals, alone)
    reached = [goal({"evidence": 1.0, TOWERS: weight}) for weight in GRID]
    return next(
        weight for weight, value in zip(GRID, reached, strict=True) if value * GAIN >= max(reached)
    )
