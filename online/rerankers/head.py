"""The head of a ranked list: what re-ranking looks at, so that its cost has a bound."""

from __future__ import annotations

import numpy as np

from online.flow import Candidates, Request
from sparrow.events import Int

DEPTH = 200  # places that are looked at; below, the order stays

_SPACE = "item2vec"


def head(scores: np.ndarray, depth: int = DEPTH) -> int:
    """How many places are the head: what has no score is never part of it."""
    return min(depth, int(np.isfinite(scores).sum()))


def resorted(values: np.ndarray, length: int) -> Int:
    """An order of `length` places whose head has the largest of `values` first, ties as before."""
    order = np.arange(length)
    order[: len(values)] = np.argsort(-values, kind="stable")
    return order


def chosen_first(chosen: Int, length: int) -> Int:
    """An order of `length` places: the chosen ones, then the others as they were."""
    rest = np.ones(length, dtype=bool)
    rest[chosen] = False
    return np.concatenate([chosen, np.flatnonzero(rest)])


def relevance(scores: np.ndarray) -> np.ndarray:
    """Scores brought to 0 (the worst) … 1 (the best); all 1 where they are level."""
    lowest, highest = scores.min(), scores.max()
    if highest == lowest:
        return np.ones(len(scores))
    return np.asarray((scores - lowest) / (highest - lowest))


def likeness(request: Request, candidates: Candidates) -> np.ndarray:
    """How alike movies are: `(n, n)` in 0 … 1, positive semidefinite.

    Half the cosine of their genres, half that of their vectors, where -1 … 1 becomes 0 … 1; movies
    without a vector are like others by their genres alone.
    """
    units = request.catalogue.genre_units[candidates.positions]
    by_genre: np.ndarray = units @ units.T
    vectors = request.catalogue.vectors.get(_SPACE)
    if vectors is None:
        return by_genre
    length = np.maximum(vectors.lengths[candidates.positions], 1e-12)[:, np.newaxis]
    directions = (vectors.matrix[candidates.positions] / length).astype(np.float64)
    known = vectors.known[candidates.positions].astype(np.float64)
    by_vector = (directions @ directions.T + np.outer(known, known)) / 2
    return np.asarray((by_genre + by_vector) / 2)
