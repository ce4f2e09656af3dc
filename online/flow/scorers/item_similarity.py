"""ItemSimilarityScorer: ranks by similarity to `Query.movie_id`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.catalogue.similar_movies import EMBEDDING, content_similarity
from online.flow.stages import Request, Scores
from sparrow.arrays import Int


@dataclass(frozen=True)
class ItemSimilarityScorer:
    """The same scores for every user; for flows that require `Query.movie_id`."""

    name: str = "similarity"

    def __call__(self, request: Request, item_index: Int) -> Scores:
        """Cosine of the vectors, 0 without one, plus the similarity of genres and years."""
        vectors = request.catalogue.vectors.get(EMBEDDING)
        watched = np.zeros(len(item_index))
        if vectors is not None and vectors.known[request.query_item]:
            cosine = vectors.cosine(vectors.matrix[request.query_item], item_index)
            watched = np.where(np.isfinite(cosine), cosine, 0.0)
        content = content_similarity(request.catalogue, request.query_item, item_index)
        return Scores(watched + content, {"watched": watched, "content": content})
