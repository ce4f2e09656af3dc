"""What `sparrow evaluate` prints: one model's likes, or the flow's lists beside the baselines'."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.table import Table

from offline import training_step
from offline.evaluation.intervals import Figure, mean_of_seeds
from offline.evaluation.leaderboard import (
    Ask,
    catalogue_of,
    lists_of_task,
    results_of,
    serving_code,
)
from offline.evaluation.like_baselines import Rows
from offline.evaluation.likes import like_figures
from offline.evaluation.protocols import Split
from offline.evaluation.scoring import score_rows
from offline.evaluation.tasks import Bootstrap, fold_tasks, task
from offline.pipeline import evaluation_steps
from offline.star_table import figures as star_figures
from offline.star_table import judged_table
from offline.steps import Workspace, execute
from offline.training.dataset import Samples
from offline.training.trainer import MODEL


def likes(space: Workspace, model: str, rounds: int) -> Table:
    """A model's figures on the test part of both splits, trained where needed.

    Intervals are of `rounds` draws of viewers. Raises ConfigurationError for an unknown model.
    """
    settings = space.settings
    found = {}
    for split in ("time", "random"):
        for step in evaluation_steps(settings, model, split):
            folder = execute(step, space)
        opened = Samples.open(space.folder(f"samples-{split}"))
        score = np.concatenate(list(score_rows(folder / MODEL, opened.batches("test"))))
        predictions = Rows.of(opened, "test").predicted(score)
        figures = like_figures(predictions, settings.seed, rounds)
        anchors = training_step.metrics_of(folder)
        simple = {k: Figure(v, v, v) for k, v in anchors.items() if k.startswith("baseline_")}
        expected = star_figures(judged_table(opened.root), opened.root / "test")
        stars = {f"stars {name}": Figure(v, v, v) for name, v in expected.items()}
        found[f"{split} split"] = figures | simple | stars
    title = f"{model} on {space.dataset()['name']}, test part, seed {settings.seed}"
    return _table(title, found)


def lists(space: Workspace, protocol: str | None, folds: int, rounds: int) -> Table:
    """The figures of baselines, flow and channels under a protocol.

    With `folds`, the mean ± 95 % over so many folds by time. Raises ConfigurationError for an
    unknown protocol, DataError when a command of the product fails.
    """
    settings = space.settings
    split, bootstrap = (
        Split(settings.like_threshold, settings.seed),
        Bootstrap(settings.seed, rounds),
    )
    catalogue = catalogue_of(space)
    if folds:
        asked = fold_tasks(folds, catalogue, split, bootstrap)
    else:
        asked = [task(protocol or "time", catalogue, split, bootstrap)]
    results, code = results_of(space, Ask(rounds=rounds)), serving_code(settings)
    by_name: dict[str, list[dict[str, Figure]]] = {}
    for each in asked:
        for result in lists_of_task(each, results, split, catalogue.movies, code):
            by_name.setdefault(result.name, []).append(result.figures)
    title = f"{space.dataset()['name']}: {', '.join(each.name for each in asked)}"
    return _by_row(title, {name: _joined(figures) for name, figures in by_name.items()})


def _joined(found: Sequence[dict[str, Figure]]) -> dict[str, Figure]:
    if len(found) == 1:
        return found[0]
    return {name: mean_of_seeds([each[name].value for each in found]) for name in found[0]}


def _by_row(title: str, rows: dict[str, dict[str, Figure]]) -> Table:
    """A row a name, a column a figure."""
    columns = list(next(iter(rows.values())))
    table = Table("", *columns, title=title)
    for name, found in rows.items():
        table.add_row(name, *(str(found[column]) for column in columns))
    return table


def _table(title: str, columns: dict[str, dict[str, Figure]]) -> Table:
    """A row a figure, a column a name."""
    table = Table("", *columns, title=title)
    for figure in next(iter(columns.values())):
        table.add_row(figure, *(str(found.get(figure, "–")) for found in columns.values()))
    return table
