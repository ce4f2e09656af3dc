"""Training lists: the candidates of each query with their signals, and which of them were right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from offline.ranker.lists.feature_tables import CatalogueMetadata, user_row
from offline.ranker.lists.queries import SITUATIONS, PastQuery, Situation
from sparrow.arrays import Int
from sparrow.features.declarations import FeatureSet
from sparrow.signals.candidate_pool import candidate_pool
from sparrow.signals.context_features import context_features
from sparrow.signals.list_features import list_features
from sparrow.signals.models.fitted_signals import FittedSignals
from sparrow.signals.models.taste_clusters import TasteClusters
from sparrow.signals.registry import UserSignals
from sparrow.signals.values.history import History


@dataclass(frozen=True)
class TrainingLists:
    """n lists of different lengths, the candidates of one after those of another."""

    start: Int  # (n + 1,) where the candidates of each list begin
    signals: np.ndarray  # (candidates, 2 signals) float16, `list_features`
    item_index: Int  # (candidates,) int32
    relevance: np.ndarray  # (candidates,) float32, 0 for what was not watched
    context: np.ndarray  # (n, context) float32
    situation: Int  # (n,) places in `SITUATIONS`
    user: Int  # (n,)
    cut: Int  # (n,) whose movie table describes the candidates
    at: Int  # (n,) seconds since 1970
    user_rows: np.ndarray  # (n,) rows of `FeatureSet.row_dtype(USER)`

    def __len__(self) -> int:
        return len(self.user)

    def take(self, lists: Int) -> TrainingLists:
        """Some of the lists, by their numbers."""
        length = np.diff(self.start)[lists]
        start = np.concatenate([[0], np.cumsum(length)])
        rows = np.repeat(self.start[lists] - start[:-1], length) + np.arange(start[-1])
        by_candidate = (getattr(self, name)[rows] for name in _BY_CANDIDATE)
        return TrainingLists(start, *by_candidate, *(getattr(self, n)[lists] for n in _BY_LIST))

    def save(self, file: Path) -> None:
        """Writes all arrays into one `.npz` file."""
        np.savez(file, **{field.name: getattr(self, field.name) for field in fields(self)})

    @classmethod
    def load(cls, files: Iterable[Path]) -> TrainingLists:
        """The lists saved in these files, one after another."""
        parts = []
        for file in files:
            with np.load(file) as saved:
                parts.append(cls(*(saved[field.name] for field in fields(cls))))
        return concatenate_lists(parts)


_BY_CANDIDATE = ("signals", "item_index", "relevance")
_BY_LIST = ("context", "situation", "user", "cut", "at", "user_rows")


@dataclass(frozen=True)
class TrainingListBuilder:
    """What the lists of one cut are made of."""

    cut: int  # its number
    fitted: FittedSignals
    facts: CatalogueMetadata
    features: FeatureSet
    user_ids: Int  # by the users' numbers

    def __call__(self, queries: Sequence[PastQuery]) -> TrainingLists | None:
        """A list for every query that has a target in its pool; None if none has."""
        made = [found for query in queries if (found := self.one(query)) is not None]
        return concatenate_lists(made) if made else None

    def one(self, query: PastQuery) -> TrainingLists | None:
        """The whole pool of one query; None when no target is in it."""
        history, tastes = query.history, self.fitted.tastes
        if query.stated_by is not None and tastes is not None:
            history = with_stated_tastes(history, tastes, query.stated_by)
        signals, pool = self._candidates(history, rated=query.history.item_index)
        relevance = np.zeros(len(self.facts.movie_ids), dtype=np.float32)
        relevance[query.targets] = query.relevance
        own = relevance[pool]
        if not own.any():
            return None
        return self._list(query.user, query.situation, (signals, pool), own)

    def unlabelled(self, user: int, situation: Situation, history: History) -> TrainingLists:
        """The whole pool of one user's history as a list of which nothing is known to be right."""
        signals, pool = self._candidates(history, rated=history.item_index)
        return self._list(user, situation, (signals, pool), np.zeros(len(pool), dtype=np.float32))

    def _candidates(self, history: History, rated: Int) -> tuple[UserSignals, Int]:
        """The user's signals, and the pool of movies other than `rated`."""
        eligible = np.ones(len(self.facts.movie_ids), dtype=bool)
        eligible[rated] = False
        signals = UserSignals(self.fitted, history)
        return signals, candidate_pool(signals, eligible)

    def _list(
        self,
        user: int,
        situation: Situation,
        candidates: tuple[UserSignals, Int],
        relevance: np.ndarray,
    ) -> TrainingLists:
        signals, pool = candidates
        history = signals.history
        return TrainingLists(
            start=np.array([0, len(pool)]),
            signals=list_features(signals.raw(pool)).T.astype(np.float16),
            item_index=pool.astype(np.int32),
            relevance=relevance,
            context=context_features(self.fitted, history)[None],
            situation=np.array([SITUATIONS.index(situation)]),
            user=np.array([user]),
            cut=np.array([self.cut]),
            at=np.array([history.at]),
            user_rows=user_row(history, int(self.user_ids[user]), self.facts, self.features),
        )


def with_stated_tastes(history: History, tastes: TasteClusters, likes: Int) -> History:
    """The history with the taste points that a user with these likes (item_index) would give."""
    points = tastes.points_for(likes)
    picked, weight = tastes.items_for_points(points)
    fresh = ~np.isin(picked, history.item_index)
    picked, weight = picked[fresh], weight[fresh]
    begin = history.timestamp[0] if len(history) else history.at
    return replace(
        history,
        item_index=np.concatenate([picked, history.item_index]),
        rating=np.concatenate([np.full(len(picked), np.nan, np.float32), history.rating]),
        timestamp=np.concatenate([np.full(len(picked), begin), history.timestamp]),
        weight=np.concatenate([weight, history.weight]),
        taste_points=tastes.share(points),
    )


def concatenate_lists(lists: Sequence[TrainingLists]) -> TrainingLists:
    """All of them, one after another."""
    ends = np.cumsum([0, *(part.start[-1] for part in lists)])
    starts = [part.start[:-1] + end for part, end in zip(lists, ends, strict=False)]
    return TrainingLists(
        np.concatenate([*starts, ends[-1:]]),
        *(
            np.concatenate([getattr(part, name) for part in lists])
            for name in (*_BY_CANDIDATE, *_BY_LIST)
        ),
    )
