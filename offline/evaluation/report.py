"""Tables of `sparrow evaluate`: a model's like predictions, or recommendation lists."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from rich.table import Table

from offline.evaluation.baselines.like_baselines import SampleRows
from offline.evaluation.leaderboard.like_results import over_seeds
from offline.evaluation.leaderboard.list_results import (
    baseline_results,
    differences,
    end_to_end_results,
)
from offline.evaluation.leaderboard.measure import (
    LeaderboardConfig,
    catalogue_of,
    end_to_end_run,
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
from offline.evaluation.leaderboard.results import Result, ResultStore
from offline.evaluation.tasks.evaluation_task import (
    Bootstrap,
    EvaluationTask,
    fold_tasks,
    make_task,
)
from offline.evaluation.tasks.protocols import ProtocolConfig
from offline.metrics.bootstrap import MetricInterval, point_estimate
from offline.metrics.like_predictions import like_metrics
from offline.release.rating_predictor import fit_on_train, rating_metrics
from offline.runtime.step import RunContext, execute
from offline.samples.sample_files import Samples
from offline.saved_model.scoring import score_rows
from offline.training import step as training_step
from offline.training.loop.trainer import MODEL
from offline.training.plan import evaluation_steps, ranking_models

FOLDER = "evaluation"
"""Of the kept results in the data set's work folder: those of the leaderboard are of other runs."""

BASELINES = 2  # that are printed, the best ones
DELTA = "Δ "


def likes(context: RunContext, model: str, rounds: int) -> Table:
    """A model's metrics on the test part of both splits; trains it where needed.

    Intervals are of `rounds` draws of users. Raises ConfigurationError for an unknown model.
    """
    settings = context.settings
    found = {}
    for split in ("time", "random"):
        for step in evaluation_steps(settings, model, split):
            folder = execute(step, context)
        opened = Samples.open(context.output_of(f"samples-{split}"))
        score = np.concatenate(list(score_rows(folder / MODEL, opened.batches("test"))))
        predictions = SampleRows.of(opened, "test").predicted(score)
        figures = like_metrics(predictions, settings.seed, rounds)
        anchors = training_step.metrics_of(folder)
        simple = {k: point_estimate(v) for k, v in anchors.items() if k.startswith("baseline_")}
        expected = rating_metrics(fit_on_train(opened.root), opened.root / "test")
        stars = {f"stars {name}": point_estimate(v) for name, v in expected.items()}
        found[f"{split} split"] = figures | simple | stars
    title = f"{model} on {context.dataset()['name']}, test part, seed {settings.seed}"
    return _table(title, found)


def lists(context: RunContext, protocol: str | None, folds: int, rounds: int) -> Table:
    """List metrics of a protocol: best baselines, linear control, rankers, home flow.

    `Δ` is the difference to the linear control. With `folds`, the mean ± 95 % over so many folds by
    time. Raises ConfigurationError for an unknown protocol, DataError when a command of the product
    fails.
    """
    settings = context.settings
    split = ProtocolConfig(settings.like_threshold, settings.seed)
    bootstrap = Bootstrap(settings.seed, rounds)
    catalogue = catalogue_of(context)
    if folds:
        tasks = fold_tasks(folds, catalogue, split, bootstrap)
    else:
        tasks = [make_task(protocol or "time", catalogue, split, bootstrap)]
    results = replace(
        results_of(context, LeaderboardConfig(rounds=rounds)), root=settings.work_dir / FOLDER
    )
    by_name: dict[str, list[dict[str, MetricInterval]]] = {}
    baselines: set[str] = set()
    for each in tasks:
        rows = _rows(context, each, results, catalogue.movies)
        (linear,) = (row for row in rows if row.group == "control")
        against = differences(results, rows, linear, bootstrap)
        for row in rows:
            above = {f"{DELTA}{name}": figure for name, figure in against[row.name].items()}
            by_name.setdefault(row.name, []).append(row.figures | above)
        baselines |= {row.name for row in rows if row.group == "baseline"}
    joined = {name: over_seeds(figures) for name, figures in by_name.items()}
    for name in sorted(baselines, key=lambda name: -_first(joined[name]))[BASELINES:]:
        del joined[name]
    title = f"{context.dataset()['name']}: {', '.join(each.name for each in tasks)}"
    return _by_row(title, joined)


def _rows(
    context: RunContext, task: EvaluationTask, results: ResultStore, movies: pd.DataFrame
) -> list[Result]:
    """Every baseline, the linear control, a ranker for each model of a release, the home flow."""
    settings = context.settings
    split = ProtocolConfig(settings.like_threshold, settings.seed)
    ranked = RankerTask(task, movies, settings.like_threshold, (settings.seed,))
    variants = [control(), *map(ranker, ranking_models(settings))]
    flow = end_to_end_results(
        task, results, movies, end_to_end_run(context, task), serving_code(settings)
    )
    return [
        *baseline_results(task, results, split),
        *ranker_results(ranked, results, variants, ranking_code()),
        next(flow),
    ]


def _first(figures: dict[str, MetricInterval]) -> float:
    return next(iter(figures.values())).value


def _by_row(title: str, rows: dict[str, dict[str, MetricInterval]]) -> Table:
    """A row per name, a column per metric."""
    columns = list(next(iter(rows.values())))
    table = Table("", *columns, title=title)
    for name, found in rows.items():
        cells = (found[c].signed() if c.startswith(DELTA) else str(found[c]) for c in columns)
        table.add_row(name, *cells)
    return table


def _table(title: str, columns: dict[str, dict[str, MetricInterval]]) -> Table:
    """A row per metric, a column per name."""
    table = Table("", *columns, title=title)
    for figure in next(iter(columns.values())):
        table.add_row(figure, *(str(found.get(figure, "–")) for found in columns.values()))
    return table
