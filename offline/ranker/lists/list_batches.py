"""Batches of training lists: a few candidates of each, with the features of the model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from offline.models.blocks.inputs import CONTEXT, SIGNALS
from offline.ranker.lists.training_lists import TrainingLists
from sparrow.arrays import Int
from sparrow.features.folds import context_rows

MAX_POSITIVE = 0.5  # share of a list's places for what was right


@dataclass(frozen=True)
class ListRows:
    """Candidates of `lists` lists, `length` each, list by list."""

    inputs: dict[str, np.ndarray]  # by name, (lists · length, …)
    target: np.ndarray  # (lists, length) float32, sums to 1 over each list
    log_q: np.ndarray  # (lists, length) log of the chance of having been drawn; -inf: no candidate


@dataclass(frozen=True)
class ListReader:
    """Puts candidates and features together for a model's inputs."""

    lists: TrainingLists
    movie_tables: list[np.ndarray]
    names: tuple[str, ...]  # of the model's inputs

    def sampled(self, chosen: Int, length: int, random: np.random.Generator) -> ListRows:
        """What was right in each chosen list, and others as there is room, both drawn evenly."""
        lists = self.lists
        rows = np.zeros((len(chosen), length), dtype=np.int64)
        log_q = np.full((len(chosen), length), -np.inf, dtype=np.float32)
        for place, number in enumerate(chosen):
            start, end = lists.start[number], lists.start[number + 1]
            right = lists.relevance[start:end] > 0
            filled, room = 0, max(int(length * MAX_POSITIVE), 1)
            for group in (right, ~right):
                there = start + np.flatnonzero(group)
                drawn = random.permutation(there)[:room]
                own = slice(filled, filled + len(drawn))
                rows[place, own] = drawn
                log_q[place, own] = np.log(max(len(drawn), 1) / max(len(there), 1))
                filled += len(drawn)
                room = length - filled
        target = np.where(np.isinf(log_q), 0.0, lists.relevance[rows])
        target /= np.maximum(target.sum(axis=1, keepdims=True), 1e-9)
        owner = np.repeat(chosen, length)
        return ListRows(self.rows(rows.ravel(), owner), target.astype(np.float32), log_q)

    def whole(self, chosen: Int) -> tuple[Int, dict[str, np.ndarray]]:
        """Places of all candidates of the chosen lists, and their inputs."""
        first, behind = self.lists.start[chosen], self.lists.start[chosen + 1]
        length = behind - first
        places = np.repeat(first - np.cumsum(length) + length, length) + np.arange(length.sum())
        return places, self.rows(places, np.repeat(chosen, length))

    def rows(self, candidates: Int, owner: Int) -> dict[str, np.ndarray]:
        """Inputs of candidates (rows,), each of the list `owner` (rows,)."""
        lists = self.lists
        found: dict[str, np.ndarray] = {}
        movies: Mapping[int, np.ndarray] | None = None
        context = context_rows(lists.at[owner])
        for name in self.names:
            if name == SIGNALS:
                found[name] = lists.signals[candidates].astype(np.float32)
            elif name == CONTEXT:
                found[name] = lists.context[owner]
            elif name in context:
                found[name] = context[name]
            elif name in (lists.user_rows.dtype.names or ()):
                found[name] = lists.user_rows[name][owner]
            else:
                movies = movies or dict(enumerate(self.movie_tables))
                found[name] = _of_cuts(movies, name, lists.cut[owner], lists.item_index[candidates])
        return found

    def batches(
        self, chosen: Int, size: int, length: int, random: np.random.Generator
    ) -> Iterable[tuple[Int, ListRows]]:
        """One pass over the chosen lists in random order: their numbers, and rows."""
        order = random.permutation(chosen)
        for start in range(0, len(order), size):
            numbers = order[start : start + size]
            yield numbers, self.sampled(numbers, length, random)


def _of_cuts(tables: Mapping[int, np.ndarray], name: str, cut: Int, item_index: Int) -> np.ndarray:
    shape = (len(cut), *tables[0][name].shape[1:])
    values = np.empty(shape, dtype=tables[0][name].dtype)
    for number, table in tables.items():
        own = cut == number
        values[own] = table[name][item_index[own]]
    return values
