"""The step `ranker-gate`: what each signal counts in which context, and the linear control."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from offline.ranker.lists import step as lists_step
from offline.ranker.lists.ranking_lists import RankingLists
from offline.runtime.step import RunContext, Step
from sparrow.settings import Settings

if TYPE_CHECKING:
    import keras

NAME = "ranker-gate"
LINEAR_SCORES = "linear_scores.npy"
WHOLE = "whole"


def step(settings: Settings) -> Step:
    """The part of the ranker that all models share."""
    return Step(
        NAME,
        "the weights of the signals in every context",
        run,
        depends_on=(lists_step.NAME, "samples-time"),
        parameters={"seed": settings.seed},
    )


def run(context: RunContext, folder: Path) -> None:
    """Writes the gate's weights of each fold and of all lists, and LINEAR_SCORES, out of fold."""
    from offline.models.registry import model_spec
    from offline.ranker.list_model import EXPERTS
    from offline.ranker.list_trainer import Fold, out_of_fold, scores_of, train_gate
    from offline.samples.sample_files import Samples

    samples = Samples.open(context.output_of("samples-time"))
    ranking = RankingLists.load(context.output_of(lists_step.NAME))
    config = model_spec("gated").config
    linear = []
    for number, fold in enumerate(Fold.each(ranking)):
        save_gate(train_gate(fold, samples, config, EXPERTS), folder, str(number))
        linear.append(scores_of(train_gate(fold, samples, config, experts=1), fold))
    np.save(folder / LINEAR_SCORES, out_of_fold(linear))
    save_gate(train_gate(Fold.whole(ranking), samples, config, EXPERTS), folder, WHOLE)


def save_gate(model: keras.Model, folder: Path, name: str) -> None:
    """Keeps the gate's weights of a trained model."""
    weights = model.get_layer("gate").get_weights()
    np.savez(folder / f"gate-{name}.npz", *weights)


def load_gate(folder: Path, name: str) -> list[np.ndarray]:
    """The weights that `save_gate` kept."""
    with np.load(folder / f"gate-{name}.npz") as saved:
        return [saved[key] for key in saved.files]
