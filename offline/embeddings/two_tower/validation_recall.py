"""Recall of what users rated next, out of all movies that they had not rated."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import sparse

from offline.embeddings.two_tower.sequence_reader import ValidationQueries
from offline.embeddings.two_tower.sequences import Sequences
from offline.factorisation.implicit_als import als_fold_in, fit_implicit_als
from sparrow.signals.models.user_tower import TwoTower
from sparrow.signals.values.history import History

K = 100
_TIE_BREAK = 1e-6  # weight of popularity between movies that ALS finds equal

Scores = Callable[[int, History], np.ndarray]
"""From the number of a query and its history to a score for every movie, (movies,)."""


def recall(queries: ValidationQueries, scores: Scores) -> float:
    """Share of the targets that are among the K best unrated movies.

    Of equal scores, the target's counts as the last.
    """
    hits = 0
    for number, (history, target) in enumerate(zip(queries.histories, queries.target, strict=True)):
        score = scores(number, history).copy()
        own = score[target]
        score[history.item_index] = -np.inf
        hits += int((score >= own).sum() <= K)
    return hits / len(queries)


def tower_scores(tower: TwoTower) -> Scores:
    """The logits of the two towers."""
    return lambda _, history: tower.item_vectors @ tower.vector(history)


def baselines(
    train: Sequences, queries: ValidationQueries, movies: int, seed: int
) -> dict[str, float]:
    """Recall of ALS and of popularity, from the same ratings and with the same histories."""
    user = np.repeat(np.arange(len(train.start) - 1), np.diff(train.start))
    watched = _matrix(user, train.item_index, (len(train.start) - 1, movies))
    factors = fit_implicit_als(watched, seed)
    lengths = [len(history) for history in queries.histories]
    histories = _matrix(
        np.repeat(np.arange(len(queries)), lengths),
        np.concatenate([history.item_index for history in queries.histories]),
        (len(queries), movies),
    )
    popularity = np.bincount(train.item_index, minlength=movies) / len(train)
    users, items = als_fold_in(histories, factors), np.hstack(factors)

    def als(number: int, _: History) -> np.ndarray:
        return np.asarray(items @ users[number] + _TIE_BREAK * popularity)

    return {
        "als": recall(queries, als),
        "popularity": recall(queries, lambda *_: popularity),
    }


def _matrix(row: np.ndarray, column: np.ndarray, shape: tuple[int, int]) -> sparse.csr_array:
    ones = np.ones(len(row), dtype=np.float32)
    return sparse.csr_array((ones, (row, column)), shape=shape)
