"""Training lists: the candidates of each query with their signals, and which of them were right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from offline.ranker.queries import SITUATIONS, Query
from sparrow.events import Int
from sparrow.signals.candidate_pool import candidate_pool
from sparrow.signals.context import context_features
from sparrow.signals.fitted import FittedSignals
from sparrow.signals.list_features import list_features
from sparrow.signals.registry import UserSignals

MAX_CANDIDATES = 640  # of a pool


@dataclass(frozen=True)
class TrainingLists:
    """n lists of different lengths, the candidates of one after those of another."""

    start: Int  # (n + 1,) where the candidates of each list begin
    features: np.ndarray  # (candidates, 2 signals) float16, `list_features`
    item_index: Int  # (candidates,) int32
    relevance: np.ndarray  # (candidates,) float32, 0 for what was not watched
    context: np.ndarray  # (n, context) float32
    situation: Int  # (n,) places in `SITUATIONS`
    user: Int  # (n,)

    def __len__(self) -> int:
        return len(self.user)

    def take(self, lists: Int) -> TrainingLists:
        """Some of the lists, by their numbers."""
        length = np.diff(self.start)[lists]
        start = np.concatenate([[0], np.cumsum(length)])
        rows = np.repeat(self.start[lists] - start[:-1], length) + np.arange(start[-1])
        return TrainingLists(
            start,
            self.features[rows],
            self.item_index[rows],
            self.relevance[rows],
            self.context[lists],
            self.situation[lists],
            self.user[lists],
        )


def training_lists(fitted: FittedSignals, queries: Sequence[Query]) -> TrainingLists:
    """A list for every query that has a target in its pool."""
    return stacked(
        found for query in queries if (found := training_list(fitted, query)) is not None
    )


def training_list(fitted: FittedSignals, query: Query) -> TrainingLists | None:
    """The whole pool of one query; None when no target is in it."""
    movies = len(fitted.facts.year)
    eligible = np.ones(movies, dtype=bool)
    eligible[query.history.item_index] = False
    signals = UserSignals(fitted, query.history)
    pool = candidate_pool(signals, eligible)
    relevance = np.zeros(movies, dtype=np.float32)
    relevance[query.targets] = query.relevance
    own = relevance[pool]
    if not own.any():
        return None
    return TrainingLists(
        start=np.array([0, len(pool)]),
        features=list_features(signals.raw(pool)).T.astype(np.float16),
        item_index=pool.astype(np.int32),
        relevance=own,
        context=context_features(signals, pool)[None],
        situation=np.array([SITUATIONS.index(query.situation)]),
        user=np.array([query.user]),
    )


def stacked(lists: Iterable[TrainingLists]) -> TrainingLists:
    """All of them, one after another."""
    parts = list(lists)
    ends = np.cumsum([0, *(part.start[-1] for part in parts)])
    starts = [part.start[:-1] + end for part, end in zip(parts, ends, strict=False)]
    names = [name for name in TrainingLists.__dataclass_fields__ if name != "start"]
    return TrainingLists(
        np.concatenate([*starts, ends[-1:]]),
        *(np.concatenate([getattr(part, name) for part in parts]) for name in names),
    )
