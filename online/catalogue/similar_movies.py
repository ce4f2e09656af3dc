"""Movies like a movie: by how viewers watch them, or by what is written on the box."""

from __future__ import annotations

import numpy as np

from online.catalogue.catalogue import Catalogue
from online.runtime.sorted_isin import is_among
from online.types import SimilarBy
from sparrow.arrays import Int, top_k
from sparrow.vectors.cold_start import CONTENT_EMBEDDING, mapped_embedding
from sparrow.vectors.item_vectors import ALL_ROWS

EMBEDDING = "item2vec"


def similar(catalogue: Catalogue, position: int, by: SimilarBy, limit: int) -> Int:
    """Positions of the `limit` movies most similar to one, the most similar first.

    Each movie is there once, by the id that is most similar.
    """
    if not catalogue.duplicates:
        return nearest(catalogue, position, by, limit)
    wanted = limit
    while True:
        found = nearest(catalogue, position, by, wanted)
        once = catalogue.duplicates.once_each(found)
        if len(once) == limit or len(found) < wanted:
            return once
        wanted += limit - len(once)


def nearest(catalogue: Catalogue, position: int, by: SimilarBy, limit: int) -> Int:
    """Positions of the `limit` nearest to one, under each of their ids; never the movie itself.

    A movie that too few people rated for a vector stands where its content puts it; what no map
    knows, or too few rated to be related, is compared by content.
    """
    itself = catalogue.duplicates.all_of(position)
    vectors, cold = (
        catalogue.vectors.get(name) for name in (EMBEDDING, mapped_embedding(EMBEDDING))
    )
    if by == "embedding" and vectors is not None:
        if vectors.known[position]:
            near, _ = vectors.neighbours(position, limit + len(itself) - 1)
            others: Int = near if len(itself) == 1 else near[~is_among(near, itself)]
            return others[:limit]
        if cold is not None and cold.known[position]:
            return _best_others(vectors.cosine(cold.matrix[position]), itself, limit)
    ease = catalogue.fitted.ease
    if by == "co-rating" and ease is not None and ease.rows[position] >= 0:
        weights = np.full(len(catalogue), -np.inf)
        weights[ease.items] = ease.weights[ease.rows[position]]
        return _best_others(weights, itself, limit)
    return _best_others(content_likeness(catalogue, position), itself, limit)


def _best_others(likeness: np.ndarray, itself: Int, limit: int) -> Int:
    likeness[itself] = -np.inf
    return top_k(likeness, limit)


def content_likeness(
    catalogue: Catalogue, position: int, positions: Int | slice = ALL_ROWS
) -> np.ndarray:
    """Cosine of content, or of genres in a release without content, at `positions`: (n,)."""
    content = catalogue.vectors.get(CONTENT_EMBEDDING)
    units = catalogue.genre_units if content is None else content.matrix
    cosine = (units[positions] @ units[position]).astype(np.float64)
    # equally like ones: the better known first, by less than any other difference
    likeness: np.ndarray = cosine + 1e-6 * np.log1p(catalogue.stats.count[positions])
    return likeness
