"""What lists are asked to foresee: a protocol's parts of one data set, and the figures it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from offline.evaluation.beyond_accuracy import Shelf, list_qualities
from offline.evaluation.intervals import Figure, bootstrap_mean
from offline.evaluation.protocols import (
    Parts,
    Protocol,
    Split,
    by_time,
    cold_users,
    folds_by_time,
    holdout,
    protocol,
)
from offline.evaluation.top_n import per_user

K, RECALL_K = 10, 20


@dataclass(frozen=True)
class Catalogue:
    """The tables that lists are made from and judged by."""

    movies: pd.DataFrame
    ratings: pd.DataFrame


@dataclass(frozen=True)
class Task:
    """A training part, and how lists made from it are measured."""

    name: str
    parts: Parts
    inner: Protocol  # parts the training part again, for choosing parameters
    figures: Callable[[pd.DataFrame], dict[str, Figure]]


@dataclass(frozen=True)
class Bootstrap:
    """How intervals are drawn."""

    seed: int
    rounds: int


def task(name: str, catalogue: Catalogue, split: Split, bootstrap: Bootstrap) -> Task:
    """The task of a protocol, or "cold".

    Raises ConfigurationError when there is none of this name.
    """
    if name == "cold":
        return cold_task(catalogue, split, bootstrap)
    chosen = protocol(name)
    parts = chosen(catalogue.ratings, split)
    return _plain_task(name, parts, chosen, catalogue.movies, bootstrap)


def fold_tasks(folds: int, catalogue: Catalogue, split: Split, bootstrap: Bootstrap) -> list[Task]:
    """A task per fold by time, the earliest first."""
    parted = enumerate(folds_by_time(catalogue.ratings, split, folds), start=1)
    return [
        _plain_task(f"fold {fold} of {folds}", parts, by_time, catalogue.movies, bootstrap)
        for fold, parts in parted
    ]


def cold_task(catalogue: Catalogue, split: Split, bootstrap: Bootstrap) -> Task:
    """NDCG@10 by how many ratings of a user are known; parameters are chosen on a holdout."""
    cold = cold_users(catalogue.ratings, split)
    parts = Parts(cold.train, pd.concat(cold.relevant.values()))

    def figures(lists: pd.DataFrame) -> dict[str, Figure]:
        return {
            f"{count} known": _means(lists, relevant, K, bootstrap)["ndcg"]
            for count, relevant in cold.relevant.items()
        }

    return Task("cold", parts, holdout, figures)


def _plain_task(
    name: str, parts: Parts, inner: Protocol, movies: pd.DataFrame, bootstrap: Bootstrap
) -> Task:
    shelf = Shelf.of(movies, parts.train)
    return Task(name, parts, inner, lambda lists: _figures(lists, parts, shelf, bootstrap))


def _figures(
    lists: pd.DataFrame, parts: Parts, shelf: Shelf, bootstrap: Bootstrap
) -> dict[str, Figure]:
    """Figures of the relevant users' lists."""
    asked = lists[lists["user_id"].isin(parts.relevant["user_id"].unique())]
    ten = _means(asked, parts.relevant, K, bootstrap)
    twenty = _means(asked, parts.relevant, RECALL_K, bootstrap)
    found = {f"{name}@{K}": ten[name] for name in ("ndcg", "hr", "map", "mrr")}
    found[f"recall@{RECALL_K}"] = twenty["recall"]
    cold = f"cold@{RECALL_K}"  # cold movies have places of their own, below the first ten
    qualities = {
        **list_qualities(asked, shelf, K),
        cold: list_qualities(asked, shelf, RECALL_K)[cold],
    }
    return found | {name: Figure(value, value, value) for name, value in qualities.items()}


def _means(
    lists: pd.DataFrame, relevant: pd.DataFrame, k: int, bootstrap: Bootstrap
) -> Mapping[str, Figure]:
    users = per_user(lists, relevant, k)
    return {
        name: bootstrap_mean(users[name].to_numpy(), bootstrap.seed, bootstrap.rounds)
        for name in users
    }
