"""The step `ranker`: which model orders lists by default, and whether it may."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from offline.ranker import gate_step
from offline.ranker.lists import step as lists_step
from offline.ranker.lists.ranking_lists import RankingLists
from offline.ranker.quality_check import LINEAR, check_ranker
from offline.runtime.step import RunContext, Step
from sparrow.settings import Settings

NAME = "ranker"
FILE = "verdict.json"


def step(settings: Settings, trained: dict[str, str]) -> Step:
    """`trained`: the training step of each model of the release."""
    return Step(
        NAME,
        "the model that orders lists, checked against simpler orders",
        lambda context, folder: run(context, folder, trained),
        depends_on=(lists_step.NAME, gate_step.NAME, "samples-time", *trained.values()),
        parameters={"seed": settings.seed, "models": list(trained)},
    )


def run(context: RunContext, folder: Path, trained: dict[str, str]) -> None:
    """Writes FILE, and the linear control's SavedModel where it is what serves."""
    from offline.ranker.ranker_training import SCORES, list_ndcg_of

    folders = {model: context.output_of(name) for model, name in trained.items()}
    best = max(folders, key=lambda model: list_ndcg_of(folders[model]))
    lists = RankingLists.load(context.output_of(lists_step.NAME)).lists
    linear = np.load(context.output_of(gate_step.NAME) / gate_step.LINEAR_SCORES)
    scores = np.load(folders[best] / SCORES)
    verdict = check_ranker(lists, (best, scores), linear, context.settings.seed)
    default = best if verdict.passed else verdict.fallback
    if default == LINEAR:
        _export_linear(context, folder / LINEAR)
    record = {"default": default, "best": best, **asdict(verdict)}
    (folder / FILE).write_text(json.dumps(record, indent=2))
    for line in report(record):
        context.console.print(f"  {line}", highlight=False)


def _export_linear(context: RunContext, folder: Path) -> None:
    from offline.models.registry import model_spec
    from offline.ranker.list_trainer import Fold, train_gate
    from offline.samples.sample_files import Samples
    from offline.saved_model.export import export

    samples = Samples.open(context.output_of("samples-time"))
    ranking = RankingLists.load(context.output_of(lists_step.NAME))
    model = train_gate(Fold.whole(ranking), samples, model_spec("gated").config, experts=1)
    export(None, model, samples.features, folder)


def read_verdict(folder: Path) -> dict[str, Any]:
    """What the finished step found."""
    found: dict[str, Any] = json.loads((folder / FILE).read_text())
    return found


def models_of(folder: Path) -> dict[str, Path]:
    """The SavedModel of the linear control, where it is what serves."""
    return {LINEAR: folder / LINEAR} if (folder / LINEAR).is_dir() else {}


def report(record: dict[str, Any]) -> Iterable[str]:
    """Lines for people: NDCG of each order by situation, and what serves why."""
    ndcg = record["ndcg"]
    best = record["best"]
    rivals = {order: each for order, each in ndcg.items() if order != best}
    for label, value in ndcg[best].items():
        rival = max(rivals, key=lambda order: rivals[order][label])
        yield f"lists, {label}: ndcg@10 {best} {value:.4f}, next {rival} {rivals[rival][label]:.4f}"
    if record["passed"]:
        yield f"{best} orders lists: it passed the check"
    else:
        yield f"{record['default']} orders lists, because {best} failed the check:"
        yield from (f"- {reason}" for reason in record["reasons"])
