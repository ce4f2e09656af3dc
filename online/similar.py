"""Movies like a movie: by how viewers watch them, or by what is written on the box."""

from __future__ import annotations

import numpy as np

from online.catalogue import Catalogue
from online.types import SimilarBy
from sparrow.cold import CONTENT, mapped
from sparrow.events import Int
from sparrow.vectors import EVERYTHING, best

EMBEDDING = "item2vec"


def similar(catalogue: Catalogue, position: int, by: SimilarBy, limit: int) -> Int:
    """Positions of the `limit` movies most similar to one, the most similar first.

    A movie that too few people rated for a vector stands where its content puts it; what no map
    knows, or too few rated to be related, is compared by content.
    """
    vectors, cold = (catalogue.vectors.get(name) for name in (EMBEDDING, mapped(EMBEDDING)))
    if by == "embedding" and vectors is not None:
        if vectors.known[position]:
            return vectors.neighbours(position, limit)[0]
        if cold is not None and cold.known[position]:
            return best(vectors.cosine(cold.matrix[position]), limit)
    if (
        by == "co-rating"
        and catalogue.similarity is not None
        and catalogue.similarity.known[position]
    ):
        support = catalogue.similarity.support(np.array([position]), np.ones(1))
        support[position] = -np.inf
        return best(support, limit)
    likeness = content_likeness(catalogue, position)
    likeness[position] = -np.inf
    return best(likeness, limit)


def content_likeness(
    catalogue: Catalogue, position: int, positions: Int | slice = EVERYTHING
) -> np.ndarray:
    """Cosine of content, or of genres in a release without content, at `positions`: (n,)."""
    content = catalogue.vectors.get(CONTENT)
    units = catalogue.genre_units if content is None else content.matrix
    cosine = (units[positions] @ units[position]).astype(np.float64)
    # equally like ones: the better known first, by less than any other difference
    likeness: np.ndarray = cosine + 1e-6 * np.log1p(catalogue.figures.count[positions])
    return likeness
