"""How well cold movies fit a viewer, by what is written on their box."""

from __future__ import annotations

import numpy as np

from online.flow import Request
from sparrow.cold import CONTENT, mapped
from sparrow.events import Int

SPACE = "als"
EVERYTHING = slice(None)


def cold_fit(request: Request, positions: Int | slice = EVERYTHING) -> np.ndarray:
    """Fit of the cold movies at `positions`: `(n,)`, -inf for movies that are not cold.

    The viewer's vector times the movie's mapped one. For somebody without a vector, the closeness
    of the movie's content to the mean of what they liked; -inf everywhere without either.
    """
    vector = request.viewer.vectors.get(SPACE)
    movies = request.catalogue.vectors.get(mapped(SPACE))
    if vector is None or movies is None:
        movies, vector = request.catalogue.vectors.get(CONTENT), liked_content(request)
    cold = request.catalogue.cold[positions]
    if vector is None or movies is None:
        return np.full(len(cold), -np.inf)
    return np.where(cold & movies.known[positions], movies.matrix[positions] @ vector, -np.inf)


def liked_content(request: Request) -> np.ndarray | None:
    """Mean content of the viewer's last likes: `(dim,)`; None for somebody who liked nothing."""
    content = request.catalogue.vectors.get(CONTENT)
    liked = request.catalogue.positions(request.liked)
    if content is None or not len(liked):
        return None
    mean: np.ndarray = content.matrix[liked].mean(axis=0)
    return mean
