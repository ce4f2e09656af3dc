"""Likeness: ranks by how much movies are like the one that the query starts from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.catalogue.similar_movies import EMBEDDING, content_likeness
from online.flow.stages import Request, Scores
from sparrow.arrays import Int


@dataclass(frozen=True)
class Likeness:
    """The same for every viewer; for flows that need `Query.movie_id`."""

    name: str = "likeness"

    def __call__(self, request: Request, positions: Int) -> Scores:
        """Cosine of the vectors, 0 without one, plus likeness of genres and years."""
        vectors = request.catalogue.vectors.get(EMBEDDING)
        watched = np.zeros(len(positions))
        if vectors is not None and vectors.known[request.origin]:
            cosine = vectors.cosine(vectors.matrix[request.origin], positions)
            watched = np.where(np.isfinite(cosine), cosine, 0.0)
        content = content_likeness(request.catalogue, request.origin, positions)
        return Scores(watched + content, {"watched": watched, "content": content})
