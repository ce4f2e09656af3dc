"""The step `train-<model>-<split>`: a trained, exported and measured ranking model."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from offline.ranker import gate_step
from offline.ranker.lists import step as lists_step
from offline.runtime.step import RunContext, Step, fingerprint
from offline.samples.splits import Split
from sparrow.settings import Settings

if TYPE_CHECKING:
    from offline.training.loop.trainer import TrainRanker

METRICS, MODEL = "metrics.json", "model"
RANKING = (lists_step.NAME, gate_step.NAME)
"""Steps that the part of a model that orders lists needs; a random split is only measured."""

CHECKPOINTS = "checkpoints"  # beside the steps' folders: those of unfinished ones are thrown away


def name(model: str, split: Split) -> str:
    """Name of the step, and of its folder."""
    return f"train-{model}-{split}"


def step(settings: Settings, model: str, split: Split) -> Step:
    """A model trained on the samples of a split; on that by time, on lists as well."""
    training = Step(
        name(model, split),
        f"training {model} on the {split} split",
        lambda context, folder: run(context, folder, model, split, fingerprint(training, context)),
        depends_on=(f"samples-{split}", *(RANKING if split == "time" else ())),
        parameters={"seed": settings.seed},  # the configuration is code, which counts anyway
    )
    return training


def run(context: RunContext, folder: Path, model: str, split: Split, key: str) -> None:
    """Trains and exports (`offline.training.loop.trainer`), and adds METRICS of the test split.

    A killed run is resumed from its last finished epoch, if its `key`, the fingerprint of all
    that decides its result, is still the same. Raises ConfigurationError for an unknown model.
    """
    from offline.training.evaluate_model import evaluate_model
    from offline.training.loop.run_options import RunOptions
    from offline.training.loop.trainer import train_and_export

    checkpoints = context.settings.work_dir / CHECKPOINTS / name(model, split)
    samples = context.output_of(f"samples-{split}")
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), "left:")
    with Progress(*columns, TimeRemainingColumn(), console=context.console) as progress:
        options = RunOptions(
            progress,
            checkpoint=checkpoints / f"{key}.npz",
            strategy=context.settings.distribution_strategy,
        )
        train_and_export(
            samples, model, folder, context.settings.seed, options, _ranker(context, folder, split)
        )
    metrics = evaluate_model(folder / MODEL, samples, "test")
    (folder / METRICS).write_text(json.dumps(metrics, indent=2))
    shutil.rmtree(checkpoints)


def _ranker(context: RunContext, folder: Path, split: Split) -> TrainRanker | None:
    if split != "time":
        return None
    from offline.ranker.ranker_training import train_ranker

    return lambda samples, spec, config: train_ranker(context, spec, config, samples, folder)


def metrics_of(folder: Path) -> dict[str, float]:
    """The test figures of a finished training step."""
    metrics: dict[str, float] = json.loads((folder / METRICS).read_text())
    return metrics
