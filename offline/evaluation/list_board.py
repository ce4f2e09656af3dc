"""The leaderboard's tables of lists: baselines, the serving flow and its recall channels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pandas as pd

from offline.evaluation.baselines import BASELINES
from offline.evaluation.product import Product
from offline.evaluation.protocols import Split
from offline.evaluation.results import Result, Results
from offline.evaluation.tasks import Task
from offline.evaluation.tuning import recommend, tuned
from sparrow.errors import DataError

FLOW = "Sparrow's home flow"
HERE = f"{FLOW}, viewers still here"
"""Its lists for viewers who rated a moment ago, as everybody had of whom the protocol LAST asks
what came next. A release that is made behind all of them takes most for gone."""

LAST = "last"


def baseline_results(task: Task, results: Results, split: Split) -> Iterator[Result]:
    """A result per baseline, its parameters chosen inside the training part."""
    for name, baseline in BASELINES.items():

        def measure(wanted: Result, baseline: object = baseline) -> Result:
            chosen = tuned(baseline, task.parts, task.inner, split)
            lists = recommend(baseline, chosen, task.parts, split.seed)
            return replace(wanted, figures=task.figures(lists), remark=str(chosen))

        wanted = Result(
            f"lists {task.name}", name, "baseline", key=results.key(choices=baseline.choices)
        )
        yield results.of(wanted, measure)


def product_results(
    task: Task, results: Results, movies: pd.DataFrame, product: Product, code: str
) -> Iterator[Result]:
    """The home flow's result or, under LAST, both; then those of channels that can be asked alone.

    `code` is the fingerprint of the code that serves: with it a kept result becomes stale. Raises
    DataError when a command of the product fails.
    """
    ready = False

    def asked(lists: Callable[[], pd.DataFrame]) -> Callable[[Result], Result]:
        def measure(wanted: Result) -> Result:
            nonlocal ready
            if not ready:
                product.train(movies, task.parts.train)
                ready = True
            return replace(wanted, figures=task.figures(lists()))

        return measure

    table, key = f"lists {task.name}", results.key(code=code)
    yield results.of(Result(table, FLOW, "flow", key=key), asked(product.flow))
    if task.name == LAST:
        yield results.of(Result(table, HERE, "flow", key=key), asked(product.flow_here))
    for channel in _channels(product):
        wanted = Result(table, f"channel {channel}", "channel", key=key)
        yield results.of(wanted, asked(lambda channel=channel: product.channel(channel)))


def _channels(product: Product) -> list[str]:
    """Names of the recall channels; none where the command cannot tell them."""
    try:
        return product.channels()
    except DataError:
        return []
