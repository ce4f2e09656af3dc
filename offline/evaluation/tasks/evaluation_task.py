"""An evaluation task: the train/test split of one data set, and its list metrics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from offline.evaluation.tasks.protocols import (
    Protocol,
    ProtocolConfig,
    TrainTest,
    by_time,
    cold_users,
    folds_by_time,
    holdout,
    protocol,
)
from offline.metrics.beyond_accuracy import CatalogueStats, beyond_accuracy_metrics
from offline.metrics.bootstrap import MetricInterval, bootstrap_mean, point_estimate
from offline.metrics.top_n import user_metrics

K, RECALL_K = 10, 20
LAST = "last"


@dataclass(frozen=True)
class EvaluationData:
    """The tables that lists are made from and judged by."""

    movies: pd.DataFrame
    ratings: pd.DataFrame


@dataclass(frozen=True)
class Bootstrap:
    """How intervals are drawn."""

    seed: int
    rounds: int

    def mean(self, values: np.ndarray) -> MetricInterval:
        """Of a value for each user (users,), or for each of several runs (runs, users)."""
        return bootstrap_mean(values, self.seed, self.rounds)


ListTime = Literal["end", "last-event"]
"""When lists are made: behind the last event of the log, or right after each user's own."""


@dataclass(frozen=True)
class EvaluationTask:
    """A training part, and how lists made from it are measured."""

    name: str
    parts: TrainTest
    validation_protocol: Protocol  # parts the training part again, for choosing parameters
    values: Callable[[pd.DataFrame], dict[str, np.ndarray]]  # of each user, ascending, by figure
    qualities: Callable[[pd.DataFrame], dict[str, float]]  # of the lists together
    bootstrap: Bootstrap

    @property
    def moment(self) -> ListTime:
        """Under `LAST` after each user's last training event, else at the end of the log."""
        return "last-event" if self.name == LAST else "end"

    def figures(self, lists: pd.DataFrame) -> dict[str, MetricInterval]:
        """Means of `values` with their intervals, and `qualities` without any."""
        means = {name: self.bootstrap.mean(values) for name, values in self.values(lists).items()}
        return means | {
            name: point_estimate(value) for name, value in self.qualities(lists).items()
        }


def make_task(
    name: str, catalogue: EvaluationData, split: ProtocolConfig, bootstrap: Bootstrap
) -> EvaluationTask:
    """The task of a protocol, or "cold".

    Raises ConfigurationError when there is none of this name.
    """
    if name == "cold":
        return cold_task(catalogue, split, bootstrap)
    chosen = protocol(name)
    parts = chosen(catalogue.ratings, split)
    return _plain_task(name, parts, chosen, catalogue.movies, bootstrap)


def fold_tasks(
    folds: int, catalogue: EvaluationData, split: ProtocolConfig, bootstrap: Bootstrap
) -> list[EvaluationTask]:
    """A task per fold by time, the earliest first."""
    parted = enumerate(folds_by_time(catalogue.ratings, split, folds), start=1)
    return [
        _plain_task(f"fold {fold} of {folds}", parts, by_time, catalogue.movies, bootstrap)
        for fold, parts in parted
    ]


def cold_task(
    catalogue: EvaluationData, split: ProtocolConfig, bootstrap: Bootstrap
) -> EvaluationTask:
    """NDCG@10 by how many ratings of a user are known; parameters are chosen on a holdout."""
    cold = cold_users(catalogue.ratings, split)
    parts = TrainTest(cold.train, pd.concat(cold.relevant.values()))

    def values(lists: pd.DataFrame) -> dict[str, np.ndarray]:
        return {
            f"{count} known": user_metrics(lists, relevant, K)["ndcg"].to_numpy()
            for count, relevant in cold.relevant.items()
        }

    return EvaluationTask("cold", parts, holdout, values, lambda _: {}, bootstrap)


def _plain_task(
    name: str,
    parts: TrainTest,
    validation_protocol: Protocol,
    movies: pd.DataFrame,
    bootstrap: Bootstrap,
) -> EvaluationTask:
    catalogue_stats, users = (
        CatalogueStats.of(movies, parts.train),
        parts.relevant["user_id"].unique(),
    )

    def qualities(lists: pd.DataFrame) -> dict[str, float]:
        return _qualities(lists[lists["user_id"].isin(users)], catalogue_stats)

    return EvaluationTask(
        name,
        parts,
        validation_protocol,
        lambda lists: _values(lists, parts.relevant),
        qualities,
        bootstrap,
    )


def _values(lists: pd.DataFrame, relevant: pd.DataFrame) -> dict[str, np.ndarray]:
    ten, twenty = (user_metrics(lists, relevant, k) for k in (K, RECALL_K))
    found = {f"{name}@{K}": ten[name].to_numpy() for name in ("ndcg", "hr", "map", "mrr")}
    return found | {f"recall@{RECALL_K}": twenty["recall"].to_numpy()}


def _qualities(lists: pd.DataFrame, catalogue_stats: CatalogueStats) -> dict[str, float]:
    cold = f"cold@{RECALL_K}"  # cold movies have places of their own, below the first ten
    more = beyond_accuracy_metrics(lists, catalogue_stats, RECALL_K)[cold]
    return {**beyond_accuracy_metrics(lists, catalogue_stats, K), cold: more}
