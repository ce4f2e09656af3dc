"""Movies like a movie: by how users watch them, or by what is written on the box."""

from __future__ import annotations

import numpy as np

from online.catalogue.catalogue import Catalogue
from online.runtime.sorted_isin import isin_sorted
from online.types import SimilarBy
from sparrow.arrays import Int, top_k
from sparrow.vectors.cold_start import CONTENT_EMBEDDING, mapped_embedding
from sparrow.vectors.item_vectors import ALL_ROWS

EMBEDDING = "item2vec"


def similar(catalogue: Catalogue, item: int, by: SimilarBy, limit: int) -> Int:
    """Positions of the `limit` movies most similar to one, the most similar first.

    Each movie is there once, by the id that is most similar.
    """
    if not catalogue.duplicates:
        return nearest_items(catalogue, item, by, limit)
    wanted = limit
    while True:
        found = nearest_items(catalogue, item, by, wanted)
        once = catalogue.duplicates.deduplicate(found)
        if len(once) == limit or len(found) < wanted:
            return once
        wanted += limit - len(once)


def nearest_items(catalogue: Catalogue, item: int, by: SimilarBy, limit: int) -> Int:
    """Positions of the `limit` nearest to one, under each of their ids; never the movie itself.

    A movie that too few people rated for a vector stands where its content puts it; what no map
    knows, or too few rated to be related, is compared by content.
    """
    itself = catalogue.duplicates.ids_of_movie(item)
    vectors, cold = (
        catalogue.vectors.get(name) for name in (EMBEDDING, mapped_embedding(EMBEDDING))
    )
    if by == "embedding" and vectors is not None:
        if vectors.known[item]:
            near, _ = vectors.neighbours(item, limit + len(itself) - 1)
            others: Int = near if len(itself) == 1 else near[~isin_sorted(near, itself)]
            return others[:limit]
        if cold is not None and cold.known[item]:
            return _top_others(vectors.cosine(cold.matrix[item]), itself, limit)
    ease = catalogue.fitted.ease
    if by == "co-rating" and ease is not None and ease.rows[item] >= 0:
        weights = np.full(len(catalogue), -np.inf)
        weights[ease.items] = ease.weights[ease.rows[item]]
        return _top_others(weights, itself, limit)
    return _top_others(content_similarity(catalogue, item), itself, limit)


def _top_others(similarity: np.ndarray, itself: Int, limit: int) -> Int:
    similarity[itself] = -np.inf
    return top_k(similarity, limit)


def content_similarity(
    catalogue: Catalogue, item: int, item_index: Int | slice = ALL_ROWS
) -> np.ndarray:
    """Cosine of content, or of genres in a release without content, at `item_index`: (n,)."""
    content = catalogue.vectors.get(CONTENT_EMBEDDING)
    units = catalogue.genre_units if content is None else content.matrix
    cosine = (units[item_index] @ units[item]).astype(np.float64)
    # equally like ones: the better known first, by less than any other difference
    similarity: np.ndarray = cosine + 1e-6 * np.log1p(catalogue.stats.count[item_index])
    return similarity
