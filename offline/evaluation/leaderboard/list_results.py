"""The leaderboard's tables of lists: baselines, the serving flow and its recall sources."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from offline.evaluation.baselines.list_baselines import BASELINES, Baseline
from offline.evaluation.baselines.parameter_search import recommend, tune_baseline
from offline.evaluation.leaderboard.end_to_end import EndToEndRun
from offline.evaluation.leaderboard.results import Result, ResultStore
from offline.evaluation.tasks.evaluation_task import Bootstrap, EvaluationTask, ListTime
from offline.evaluation.tasks.protocols import ProtocolConfig
from offline.metrics.bootstrap import MetricInterval
from sparrow.errors import DataError

FLOW = "Sparrow's home flow"
PAIRED = ("ndcg@10", "hr@10", "recall@20")
"""Figures whose difference to another row's is shown; where there are none of them, all."""


def with_metrics(
    results: ResultStore, request: Result, task: EvaluationTask, lists: pd.DataFrame
) -> Result:
    """`request` with the figures of these lists; keeps the value of each user beside it."""
    keep_values(results, request, task.values(lists))
    return replace(request, figures=task.figures(lists))


def keep_values(results: ResultStore, result: Result, values: Mapping[str, np.ndarray]) -> None:
    """Keeps each user's values, (users,) or (runs, users) by figure, for `differences`."""
    file = results.arrays_file(result)
    file.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(file, allow_pickle=False, **values)


def values_of(results: ResultStore, result: Result) -> dict[str, np.ndarray]:
    """What `keep_values` kept."""
    with np.load(results.arrays_file(result)) as kept:
        return {name: kept[name] for name in kept.files}


def differences(
    results: ResultStore, rows: Sequence[Result], control: Result, bootstrap: Bootstrap
) -> dict[str, dict[str, MetricInterval]]:
    """By name of the rows how much they are above `control`, a row of the same table, by figure.

    The intervals are paired: they come from draws of each user's difference.
    """
    other = values_of(results, control)
    names = [name for name in other if name in PAIRED] or list(other)
    found = {}
    for row in rows:
        own = values_of(results, row)
        found[row.name] = {name: bootstrap.mean(_paired(own[name], other[name])) for name in names}
    return found


def _paired(own: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(runs, users): what was run once is compared with every run, else run with run."""
    tables = np.atleast_2d(own), np.atleast_2d(other)
    runs = min(len(table) for table in tables)
    first, second = (table if runs == 1 else table[:runs] for table in tables)
    difference: np.ndarray = first - second
    return difference


def baseline_results(
    task: EvaluationTask, results: ResultStore, split: ProtocolConfig
) -> Iterator[Result]:
    """A result per baseline, its parameters chosen inside the training part."""
    for name, baseline in BASELINES.items():

        def measure(request: Result, baseline: Baseline = baseline) -> Result:
            chosen = tune_baseline(baseline, task.parts, task.validation_protocol, split)
            lists = recommend(baseline, chosen, task.parts, split.seed)
            return replace(with_metrics(results, request, task, lists), remark=str(chosen))

        request = Result(
            f"lists {task.name}", name, "baseline", key=results.key(choices=baseline.choices)
        )
        yield results.get_or_measure(request, measure)


def end_to_end_results(
    task: EvaluationTask,
    results: ResultStore,
    movies: pd.DataFrame,
    product: EndToEndRun,
    code: str,
) -> Iterator[Result]:
    """The home flow's result at the moment of the task, then those of sources by themselves.

    `code` is the fingerprint of the code that serves: with it a kept result becomes stale. Raises
    DataError when a command of the product fails.
    """
    ready = False

    def measured(lists: Callable[[ListTime], pd.DataFrame]) -> Callable[[Result], Result]:
        def measure(request: Result) -> Result:
            nonlocal ready
            if not ready:
                product.train(movies, task.parts.train)
                ready = True
            return with_metrics(results, request, task, lists(task.moment))

        return measure

    table, key = f"lists {task.name}", results.key(code=code)
    yield results.get_or_measure(Result(table, FLOW, "flow", key=key), measured(product.flow))
    for source in _sources(product):
        request = Result(table, f"source {source}", "source", key=key)
        yield results.get_or_measure(request, measured(partial(product.source, source)))


def _sources(product: EndToEndRun) -> list[str]:
    """Names of the recall sources; none if the command does not list them."""
    try:
        return product.sources()
    except DataError:
        return []
