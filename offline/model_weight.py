"""The step `model-weight`: how much a ranking model's verdict counts beside the evidence.

The evidence's weights are there already (`offline.backtest`). Each model of the release now ranks
the best movies by that evidence for viewers of a held cut, whose ratings it was not trained on, and
the weights of its verdict are those whose lists foresee them best.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa

from offline import backtest
from offline.backtest import NDCG, Trial, read_ratings
from offline.cuts import Ratings
from offline.evidence_of import evidence_of
from offline.held_cut import HeldCut, held_cuts
from offline.models import tensorflow as tf
from offline.steps import Step, Workspace
from offline.training.dataset import input_arrays
from offline.training_step import name as training_step_name
from sparrow.evidence import standardised
from sparrow.folds import context_rows
from sparrow.settings import Settings

GRID = {"like": (0.0, 0.05, 0.1, 0.2, 0.4), "watch": (0.0, 0.1, 0.3, 0.6, 1.0)}
"""Weights that are tried for each verdict that a model gives."""

LEVEL = 0.995
"""Share of the best NDCG that lists must reach; of those, the ones more to the viewer's liking
are taken: what is foreseen equally well should also be liked."""

OUTPUTS = {"like": "score", "watch": "watch"}  # of the signature `rank`
CANDIDATES = 300  # movies that a model ranks for a viewer, the best by the evidence
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
        needs=("features", "samples-time", "backtest", *trained),
        parameters={
            "seed": settings.seed,
            "like_threshold": settings.like_threshold,
            "models": names,
        },
    )


def run(space: Workspace, folder: Path, models: list[str]) -> None:
    """Writes FILE: per model the weight of each of its verdicts, and the NDCG with and without."""
    ratings = read_ratings(space)
    chosen = space.folder("backtest")
    evidence, kinds = backtest.weights_of(chosen), backtest.kinds_of(chosen)
    trials: dict[str, dict[str, list[Trial]]] = {model: {} for model in models}
    for held in held_cuts(space, ratings, kinds):
        base, seen, relevant, best = _candidates(ratings, held, evidence, space.settings.seed)
        for model in models:
            saved = space.folder(training_step_name(model, "time")) / "model"
            verdicts = _verdicts(saved, held, best)
            trials[model][held.kind] = [Trial({"evidence": base, **verdicts}, seen, relevant)]
    found = {model: choose(each) for model, each in trials.items() if each}
    (folder / FILE).write_text(json.dumps(found, indent=2))
    for model, chosen in found.items():
        weights = ", ".join(
            f"{verdict} {weight:g}" for verdict, weight in chosen["weights"].items()
        )
        figures = ", ".join(
            f"{kind} {after:.4f} (the evidence alone {before:.4f})"
            for kind, (before, after) in chosen[NDCG].items()
        )
        space.console.print(
            f"  {model}: {weights}; NDCG@{backtest.PLACES} on ratings it has not seen: {figures}",
            highlight=False,
        )


def _candidates(
    ratings: Ratings, held: HeldCut, weights: Weights, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The evidence's total, what cannot be recommended, what is relevant, and the best movies.

    (viewers, movies) each, the last (viewers, CANDIDATES at most) numbers of movies.
    """
    users = held.cut.users
    parts = evidence_of(ratings, held.cut, seed)
    total = np.sum([weight * parts[name] for name, weight in weights.items()], axis=0)
    seen = ratings.matrix(held.cut.known)[users] > 0
    total = np.where(seen, -np.inf, total).astype(np.float32)
    length = min(CANDIDATES, total.shape[1])
    best = np.argpartition(-total, length - 1, axis=1)[:, :length]
    out = np.ones_like(seen)
    np.put_along_axis(out, best, np.take_along_axis(seen, best, axis=1), axis=1)
    return np.where(seen, 0, total), out, ratings.matrix(held.cut.relevant)[users] > 0, best


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


def choose(trials: dict[str, list[Trial]]) -> dict[str, object]:
    """The weights of a model's verdicts whose lists keep most of each kind's NDCG."""
    alone = {kind: backtest.pooled(each)({"evidence": 1.0}) for kind, each in trials.items()}
    goal = backtest.nearness(trials, alone)
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
    figures = {kind: (alone[kind], backtest.pooled(each)(weights)) for kind, each in trials.items()}
    return {"weights": tried[best], NDCG: figures}


def parameters_of(folder: Path) -> Mapping[str, float]:
    """The weights of a finished step, by the names that a release gives them."""
    found = json.loads((folder / FILE).read_text())
    return {
        f"weight_{verdict}_{model}": float(weight)
        for model, chosen in found.items()
        for verdict, weight in chosen["weights"].items()
    }
