"""Utilities of rerankers, which look at the head of a list only, to bound their cost."""

from __future__ import annotations

import numpy as np

from online.flow.stages import Candidates, Request
from sparrow.arrays import Int

DEPTH = 200  # length of the head; below, the order stays

_SPACE = "item2vec"


def top_k_depth(scores: np.ndarray, depth: int = DEPTH) -> int:
    """Length of the head, which has scored movies only."""
    return min(depth, int(np.isfinite(scores).sum()))


def resort_top(values: np.ndarray, length: int) -> Int:
    """An order of `length` ranks whose head is sorted by `values`, the largest first; ties as
    before.
    """
    order = np.arange(length)
    order[: len(values)] = np.argsort(-values, kind="stable")
    return order


def move_to_front(chosen: Int, length: int) -> Int:
    """An order of `length` ranks: the chosen ones, then the others as they were."""
    rest = np.ones(length, dtype=bool)
    rest[chosen] = False
    return np.concatenate([chosen, np.flatnonzero(rest)])


def min_frequency(every: int, wanted: np.ndarray) -> Int:
    """An order in which the k-th of the `wanted` (n,) bool has at least rank k · every.

    The order within both groups stays.
    """
    order = np.arange(len(wanted))
    # sort key of the k-th wanted: behind k · (every - 1) others, or its old rank if better
    latest = np.cumsum(wanted) * (every - 1) - 0.5
    return np.argsort(np.where(wanted, np.minimum(order, latest), order), kind="stable")


def ranks_of(movies: Int, candidates: Candidates) -> Int:
    """The ranks of movies among the candidates: `(n,)`, -1 for a movie that is no candidate."""
    if not len(candidates):
        return np.full(len(movies), -1)
    by_movie = np.argsort(candidates.item_index)
    after = np.searchsorted(candidates.item_index, movies, sorter=by_movie)
    found = by_movie.take(after, mode="clip")
    places: Int = np.where(candidates.item_index[found] == movies, found, -1)
    return places


def relevance(scores: np.ndarray) -> np.ndarray:
    """Scores scaled to 0 (the worst) … 1 (the best); all 1 if they are equal."""
    lowest, highest = scores.min(), scores.max()
    if highest == lowest:
        return np.ones(len(scores))
    return np.asarray((scores - lowest) / (highest - lowest))


def standardise(values: np.ndarray) -> np.ndarray:
    """Values (n,) with mean 0 and deviation 1; NaN becomes 0."""
    known = ~np.isnan(values)
    if not known.any():
        return np.zeros(len(values))
    centred = np.where(known, values - values[known].mean(), 0.0)
    deviation = values[known].std()
    return np.asarray(centred / deviation if deviation > 0 else centred)


def item_representations(request: Request, candidates: Candidates) -> np.ndarray:
    """Vectors of the movies' genres and content: `(n, dim)` float32, products 0 … 1, 1 with itself.

    A product is the mean of the cosine of the genres and that of the vectors, the latter mapped
    from -1 … 1 to 0 … 1. Movies without a vector are compared by their genres alone.
    """
    catalogue, item_index = request.catalogue, candidates.item_index
    parts = [catalogue.genre_units[item_index] / np.sqrt(2)]
    vectors = catalogue.vectors.get(_SPACE)
    if vectors is not None:
        length = np.maximum(vectors.lengths[item_index], 1e-12)[:, np.newaxis]
        parts.append(vectors.matrix[item_index] / (2 * length))
        parts.append(vectors.known[item_index, np.newaxis] / 2)
    return np.concatenate(parts, axis=1, dtype=np.float32, casting="same_kind")
