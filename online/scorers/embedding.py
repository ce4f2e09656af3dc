"""Embedding: ranks by the dot product of viewer and movie; no TensorFlow, microseconds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow import Request, Scores
from online.scorers.popularity import PopularityScorer
from sparrow.events import Int


@dataclass(frozen=True)
class EmbeddingScorer:
    """The fallback of every flow, and the ranking that `model=embedding` asks for."""

    embeddings: tuple[str, ...] = ("als", "item2vec")  # the first that knows the viewer is used
    name: str = "embedding"

    def __call__(self, request: Request, positions: Int) -> Scores:
        """Products with the viewer's vector, NaN without a movie vector.

        A viewer without a vector gets the popularity of movies instead.
        """
        for name in self.embeddings:
            vector = request.viewer.vectors.get(name)
            movies = request.catalogue.vectors.get(name)
            if vector is not None and movies is not None:
                taste = movies.matrix[positions] @ vector
                taste = np.where(movies.known[positions], taste, np.nan)
                return Scores(taste, {"taste": taste})
        return PopularityScorer()(request, positions)
