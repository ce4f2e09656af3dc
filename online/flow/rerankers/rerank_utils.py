"""The head of a ranked list: what re-ranking looks at, so that its cost has a bound."""

from __future__ import annotations

import numpy as np

from online.flow.stages import Candidates, Request
from sparrow.arrays import Int

DEPTH = 200  # places that are looked at; below, the order stays

_SPACE = "item2vec"


def top_k_depth(scores: np.ndarray, depth: int = DEPTH) -> int:
    """How many places are the head: what has no score is never part of it."""
    return min(depth, int(np.isfinite(scores).sum()))


def resort_top(values: np.ndarray, length: int) -> Int:
    """An order of `length` places whose head has the largest of `values` first, ties as before."""
    order = np.arange(length)
    order[: len(values)] = np.argsort(-values, kind="stable")
    return order


def move_to_front(chosen: Int, length: int) -> Int:
    """An order of `length` places: the chosen ones, then the others as they were."""
    rest = np.ones(length, dtype=bool)
    rest[chosen] = False
    return np.concatenate([chosen, np.flatnonzero(rest)])


def min_frequency(every: int, wanted: np.ndarray) -> Int:
    """An order in which the k-th of the `wanted` (n,) bool is at the (k · every)-th place or above.

    The others keep their order, and so do the wanted ones.
    """
    order = np.arange(len(wanted))
    # key of the k-th wanted: behind k · (every - 1) others, or where it was if better
    latest = np.cumsum(wanted) * (every - 1) - 0.5
    return np.argsort(np.where(wanted, np.minimum(order, latest), order), kind="stable")


def ranks_of(movies: Int, candidates: Candidates) -> Int:
    """The places of movies among the candidates: `(n,)`, -1 for one that is not there."""
    if not len(candidates):
        return np.full(len(movies), -1)
    by_movie = np.argsort(candidates.item_index)
    after = np.searchsorted(candidates.item_index, movies, sorter=by_movie)
    found = by_movie.take(after, mode="clip")
    places: Int = np.where(candidates.item_index[found] == movies, found, -1)
    return places


def relevance(scores: np.ndarray) -> np.ndarray:
    """Scores brought to 0 (the worst) … 1 (the best); all 1 where they are level."""
    lowest, highest = scores.min(), scores.max()
    if highest == lowest:
        return np.ones(len(scores))
    return np.asarray((scores - lowest) / (highest - lowest))


def standardise(values: np.ndarray) -> np.ndarray:
    """Values (n,) with mean 0 and deviation 1; NaN, the unknown, becomes the mean."""
    known = ~np.isnan(values)
    if not known.any():
        return np.zeros(len(values))
    centred = np.where(known, values - values[known].mean(), 0.0)
    deviation = values[known].std()
    return np.asarray(centred / deviation if deviation > 0 else centred)


def item_representations(request: Request, candidates: Candidates) -> np.ndarray:
    """What movies are like: `(n, dim)` float32, whose products are in 0 … 1 and 1 for the same.

    A product is half the cosine of the genres and half that of the vectors, where -1 … 1 becomes
    0 … 1. Movies without a vector are like others by their genres alone.
    """
    catalogue, item_index = request.catalogue, candidates.item_index
    parts = [catalogue.genre_units[item_index] / np.sqrt(2)]
    vectors = catalogue.vectors.get(_SPACE)
    if vectors is not None:
        length = np.maximum(vectors.lengths[item_index], 1e-12)[:, np.newaxis]
        parts.append(vectors.matrix[item_index] / (2 * length))
        parts.append(vectors.known[item_index, np.newaxis] / 2)
    return np.concatenate(parts, axis=1, dtype=np.float32, casting="same_kind")
