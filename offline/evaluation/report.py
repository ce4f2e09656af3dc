"""What `sparrow evaluate` prints: one model's likes, or lists of baselines, rankers and product."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from rich.table import Table

from offline.evaluation.baselines.like_baselines import Rows
from offline.evaluation.leaderboard.list_results import (
    baseline_results,
    differences,
    product_results,
)
from offline.evaluation.leaderboard.measure import (
    Ask,
    catalogue_of,
    product_of,
    ranking_code,
    results_of,
    serving_code,
)
from offline.evaluation.leaderboard.ranker_results import (
    RankerTask,
    control,
    ranker,
    ranker_results,
)
from offline.evaluation.leaderboard.results import Result, Results
from offline.evaluation.tasks.evaluation_task import Bootstrap, Task, fold_tasks, task
from offline.evaluation.tasks.protocols import Split
from offline.metrics.bootstrap import Figure, mean_of_seeds
from offline.metrics.like_predictions import like_figures
from offline.release.rating_predictor import figures as star_figures
from offline.release.rating_predictor import judged_table
from offline.runtime.step import Workspace, execute
from offline.samples.sample_files import Samples
from offline.saved_model.scoring import score_rows
from offline.training import step as training_step
from offline.training.loop.trainer import MODEL
from offline.training.plan import evaluation_steps, ranking_models

FOLDER = "evaluation"
"""Of the kept results in the data set's work folder: those of the leaderboard are of other runs."""

BASELINES = 2  # that are printed, the best ones
DELTA = "Δ "


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
    """Figures under a protocol: best baselines, linear control, rankers of a release, home flow.

    `Δ` is the difference to the linear control. With `folds`, the mean ± 95 % over so many folds by
    time. Raises ConfigurationError for an unknown protocol, DataError when a command of the product
    fails.
    """
    settings = space.settings
    split = Split(settings.like_threshold, settings.seed)
    bootstrap = Bootstrap(settings.seed, rounds)
    catalogue = catalogue_of(space)
    if folds:
        asked = fold_tasks(folds, catalogue, split, bootstrap)
    else:
        asked = [task(protocol or "time", catalogue, split, bootstrap)]
    results = replace(results_of(space, Ask(rounds=rounds)), root=settings.work / FOLDER)
    by_name: dict[str, list[dict[str, Figure]]] = {}
    baselines: set[str] = set()
    for each in asked:
        rows = _rows(space, each, results, catalogue.movies)
        (linear,) = (row for row in rows if row.group == "control")
        against = differences(results, rows, linear, bootstrap)
        for row in rows:
            above = {f"{DELTA}{name}": figure for name, figure in against[row.name].items()}
            by_name.setdefault(row.name, []).append(row.figures | above)
        baselines |= {row.name for row in rows if row.group == "baseline"}
    joined = {name: _joined(figures) for name, figures in by_name.items()}
    for name in sorted(baselines, key=lambda name: -_first(joined[name]))[BASELINES:]:
        del joined[name]
    title = f"{space.dataset()['name']}: {', '.join(each.name for each in asked)}"
    return _by_row(title, joined)


def _rows(space: Workspace, asked: Task, results: Results, movies: pd.DataFrame) -> list[Result]:
    """Every baseline, the linear control, a ranker for each model of a release, the home flow."""
    settings = space.settings
    split = Split(settings.like_threshold, settings.seed)
    ranked = RankerTask(asked, movies, settings.like_threshold, (settings.seed,))
    variants = [control(), *map(ranker, ranking_models(settings))]
    flow = product_results(asked, results, movies, product_of(space, asked), serving_code(settings))
    return [
        *baseline_results(asked, results, split),
        *ranker_results(ranked, results, variants, ranking_code()),
        next(flow),
    ]


def _first(figures: dict[str, Figure]) -> float:
    return next(iter(figures.values())).value


def _joined(found: Sequence[dict[str, Figure]]) -> dict[str, Figure]:
    if len(found) == 1:
        return found[0]
    return {name: mean_of_seeds([each[name].value for each in found]) for name in found[0]}


def _by_row(title: str, rows: dict[str, dict[str, Figure]]) -> Table:
    """A row a name, a column a figure."""
    columns = list(next(iter(rows.values())))
    table = Table("", *columns, title=title)
    for name, found in rows.items():
        cells = (found[c].signed() if c.startswith(DELTA) else str(found[c]) for c in columns)
        table.add_row(name, *cells)
    return table


def _table(title: str, columns: dict[str, dict[str, Figure]]) -> Table:
    """A row a figure, a column a name."""
    table = Table("", *columns, title=title)
    for figure in next(iter(columns.values())):
        table.add_row(figure, *(str(found.get(figure, "–")) for found in columns.values()))
    return table
