"""NearestToUser: the movies whose vector fits the viewer's own vector best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow import Found, Request


@dataclass(frozen=True)
class NearestToUser:
    """Recalls by the product of viewer and movie in one embedding space, or by their cosine.

    With ALS factors trained on implicit feedback (Hu, Koren, Volinsky 2008) the product estimates
    how likely the viewer is to pick the movie at all; of item2vec, only the direction has meaning.
    """

    embedding: str = "als"
    size: int = 200
    cosine: bool = False

    @property
    def name(self) -> str:
        """One channel per embedding."""
        return f"nearest-to-user-{self.embedding}"

    def __call__(self, request: Request) -> Found:
        """The nearest movies that the viewer has not rated; none for a viewer without a vector."""
        vector = request.viewer.vectors.get(self.embedding)
        movies = request.catalogue.vectors.get(self.embedding)
        if vector is None or movies is None:
            return Found(np.empty(0, dtype=np.int64))
        return Found(movies.nearest(vector, self.size, request.open, cosine=self.cosine))

    def reason(self, request: Request, cause: int) -> str:
        """The vector stands for the whole of what was rated."""
        return "Close to your taste"
