"""The step `model-weight`: how much what was trained counts beside the evidence.

The evidence's weights are there already (`offline.backtest`). Towers and models are asked about
viewers of held cuts, whose ratings they were not trained on, and their weights are those whose
lists foresee these best: first those of the towers, which speak of every movie, then those of each
model of the release, which ranks the best movies by the evidence and the towers.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from offline.asked import Asked
from offline.backtest import NDCG, Chosen, read_ratings
from offline.embeddings.two_tower import step as two_tower
from offline.held_cut import HeldCut, held_cuts
from offline.models import tensorflow as tf
from offline.steps import Step, Workspace, of_another_version
from offline.tower_weight import TowerWeights, with_towers
from offline.training.dataset import input_arrays
from offline.training_step import name as training_step_name
from offline.trials import PLACES, Trial, pooled
from offline.weight_search import nearness
from sparrow.evidence import NEXT, TOWERS, standardised
from sparrow.folds import context_rows
from sparrow.settings import Settings

GRID = {"like": (0.0, 0.05, 0.1, 0.2, 0.4), "watch": (0.0, 0.1, 0.3, 0.6, 1.0)}
"""Weights that are tried for each verdict that a model gives."""

LEVEL = 0.995
"""Share of the best NDCG that lists must reach; of those, the ones more to the viewer's liking
are taken: what is foreseen equally well should also be liked."""

OUTPUTS = {"like": "score", "watch": "watch"}  # of the signature `rank`
FILE = "weights.json"
_CERTAIN = 1e-6

Verdicts = dict[str, np.ndarray]
Weights = dict[str, float]


def step(settings: Settings, models: Iterable[str]) -> Step:
    """Weights of the ranking models, chosen on ratings that they have not seen."""
    names = list(models)
    trained = [training_step_name(model, "time") for model in names]
    return Step(
        "model-weight",
        "weights of the ranking models beside the evidence",
        lambda space, folder: run(space, folder, names),
        needs=(
            "features",
            "samples-time",
            "backtest",
            *(["retrieval"] if two_tower.enabled(settings) else []),
            *trained,
        ),
        parameters={
            "seed": settings.seed,
            "like_threshold": settings.like_threshold,
            "models": names,
        },
    )


def run(space: Workspace, folder: Path, models: list[str]) -> None:
    """Writes FILE: the weights of the towers, and per model those of its verdicts."""
    ratings = read_ratings(space)
    chosen = Chosen.load(space.folder("backtest"))
    asked = [
        Asked.of(ratings, held, chosen, space.settings.seed)
        for held in held_cuts(space, ratings, chosen.kinds)
    ]
    towers = TowerWeights(0.0, None)
    if two_tower.enabled(space.settings) and asked:
        asked, towers = with_towers(space, ratings, asked)
    trials: dict[str, dict[str, list[Trial]]] = {model: {} for model in models}
    for each in asked:
        seen, best = each.candidates()
        for model in models:
            saved = space.folder(training_step_name(model, "time")) / "model"
            verdicts = _verdicts(saved, each.held, best)
            trials[model][each.held.kind] = [replace(each, seen=seen).trial(**verdicts)]
    found = {model: choose(each) for model, each in trials.items() if each}
    (folder / FILE).write_text(json.dumps({TOWERS: asdict(towers), "models": found}, indent=2))
    _say(space, found)


def _say(space: Workspace, found: Mapping[str, dict[str, Any]]) -> None:
    for model, chosen in found.items():
        weights = ", ".join(
            f"{verdict} {weight:g}" for verdict, weight in chosen["weights"].items()
        )
        figures = ", ".join(
            f"{kind} {after:.4f} (the evidence alone {before:.4f})"
            for kind, (before, after) in chosen[NDCG].items()
        )
        space.console.print(
            f"  {model}: {weights}; NDCG@{PLACES} on ratings it has not seen: {figures}",
            highlight=False,
        )


def _verdicts(saved: Path, held: HeldCut, best: np.ndarray) -> Verdicts:
    """What a model says of each viewer's best movies, standardised as servers do; else 0."""
    loaded = tf.saved_model.load(str(saved))  # owns the variables: must outlive the loop
    rank = loaded.signatures["rank"]
    specs = rank.structured_input_signature[1]
    context = context_rows(np.array([held.at]))
    of_viewer, of_movie = (
        input_arrays(_one_batch(table), {n: s for n, s in specs.items() if n in table.column_names})
        for table in (held.viewers, held.movies)
    )
    given = {name: key for name, key in OUTPUTS.items() if key in rank.structured_outputs}
    shape = len(held.viewers), len(held.movies)
    verdicts = {name: np.zeros(shape, dtype=np.float32) for name in given}
    for viewer, movies in enumerate(best):
        inputs = {name: values[viewer : viewer + 1] for name, values in of_viewer.items()}
        inputs |= {name: context[name] for name in context if name in specs}
        inputs |= {name: values[movies] for name, values in of_movie.items()}
        answer = rank(**{name: tf.constant(values) for name, values in inputs.items()})
        for name, key in given.items():
            chance = np.clip(answer[key].numpy().astype(np.float64), _CERTAIN, 1 - _CERTAIN)
            verdicts[name][viewer, movies] = standardised(np.log(chance) - np.log1p(-chance))
    return verdicts


def _one_batch(table: pa.Table) -> pa.RecordBatch:
    return table.combine_chunks().to_batches()[0]


def choose(trials: dict[str, list[Trial]]) -> dict[str, Any]:
    """The weights of a model's verdicts whose lists keep most of each kind's NDCG."""
    goals = {kind: pooled(each) for kind, each in trials.items()}
    alone = {kind: goal({"evidence": 1.0}) for kind, goal in goals.items()}
    goal = nearness(goals, alone)
    given = next(iter(trials.values()))[0].parts
    verdicts = [name for name in GRID if name in given]
    tried = [
        dict(zip(verdicts, weights, strict=True))
        for weights in itertools.product(*(GRID[name] for name in verdicts))
    ]
    reached = [goal({"evidence": 1.0, **weights}) for weights in tried]
    enough = [place for place, value in enumerate(reached) if value >= max(reached) * LEVEL]
    best = max(enough, key=lambda place: (tried[place]["like"], reached[place]))
    weights = {"evidence": 1.0, **tried[best]}
    figures = {kind: (alone[kind], goal(weights)) for kind, goal in goals.items()}
    return {"weights": tried[best], NDCG: figures}


def parameters_of(folder: Path) -> Mapping[str, float]:
    """The weights of a finished step, by the names that a release gives them.

    Raises DataError for a result of another version of Sparrow.
    """
    found = json.loads((folder / FILE).read_text())
    try:
        towers = TowerWeights(**found[TOWERS])
    except TypeError as error:
        raise of_another_version(folder / FILE) from error
    verdicts = {
        f"weight_{verdict}_{model}": float(weight)
        for model, chosen in found["models"].items()
        for verdict, weight in chosen["weights"].items()
    }
    apart = {} if towers.next is None else {f"weight_{TOWERS}@{NEXT}": towers.next}
    return {f"weight_{TOWERS}": towers.weight, **apart, **verdicts}
