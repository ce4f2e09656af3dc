"""Movies like a movie: by how viewers watch them, or by what is written on the box."""

from __future__ import annotations

import numpy as np

from online.catalogue import Catalogue
from online.types import SimilarBy
from online.vectors import best
from sparrow.events import Int

EMBEDDING = "item2vec"
YEARS_APART = 10.0  # after so many years, closeness in time has fallen to 1/e
YEAR_WEIGHT = 0.25  # of closeness in time, against 1 for the same genres


def similar(catalogue: Catalogue, position: int, by: SimilarBy, limit: int) -> Int:
    """Positions of the `limit` movies most similar to one, the most similar first.

    A movie that too few people rated for a vector is compared by content.
    """
    vectors = catalogue.vectors.get(EMBEDDING)
    if by == "embedding" and vectors is not None and vectors.known[position]:
        return vectors.neighbours(position, limit)[0]
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


def content_likeness(catalogue: Catalogue, position: int) -> np.ndarray:
    """Cosine of the genres plus closeness in time: `(movies,)`."""
    cosine = catalogue.genre_units @ catalogue.genre_units[position]
    apart = np.abs(catalogue.figures.year - catalogue.figures.year[position])
    closeness = np.nan_to_num(np.exp(-apart / YEARS_APART))
    # equally like ones: the better known first, by less than any other difference
    known = np.log1p(catalogue.figures.count)
    return cosine + YEAR_WEIGHT * closeness + 1e-6 * known
