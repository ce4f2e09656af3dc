"""Scores of cold movies, which have hardly any ratings, from their content."""

from __future__ import annotations

import numpy as np

from online.flow.stages import Request
from sparrow.arrays import Int
from sparrow.vectors.cold_start import CONTENT_EMBEDDING, mapped_embedding
from sparrow.vectors.item_vectors import ALL_ROWS, ItemVectors

SPACE = "als"


def cold_start_scores(request: Request, item_index: Int | slice = ALL_ROWS) -> np.ndarray:
    """Scores of the cold movies at `item_index`: `(n,)`, -inf for movies that are not cold."""
    cold, space = request.catalogue.cold[item_index], cold_start_space(request)
    if space is None:
        return np.full(len(cold), -np.inf)
    movies, vector = space
    return np.where(cold & movies.known[item_index], movies.matrix[item_index] @ vector, -np.inf)


def nearest_cold_items(request: Request, count: int) -> Int:
    """item_index of the eligible cold movies with the highest scores."""
    space, query = cold_start_space(request), request.query
    if space is None:
        return np.empty(0, dtype=np.int64)
    years = (query.year_from, query.year_to)
    among = request.catalogue.subsets.of(query.genre, years, query.min_votes, True).mask.copy()
    among[request.consumed] = False
    movies, vector = space
    return movies.nearest(vector, count, among)


def cold_start_space(request: Request) -> tuple[ItemVectors, np.ndarray] | None:
    """The cold movies' vectors and the user's vector in the same space: their product is the score.

    In the ALS space, with vectors mapped from the movies' content; for a user without an ALS
    vector, in the content space, with the mean content of the liked movies. None without either.
    """
    vector = request.signals.vector(SPACE)
    movies = request.catalogue.vectors.get(mapped_embedding(SPACE))
    if vector is None or movies is None:
        vector, movies = (
            request.signals.vector(CONTENT_EMBEDDING),
            request.catalogue.vectors.get(CONTENT_EMBEDDING),
        )
    return None if vector is None or movies is None else (movies, vector)
