"""CoRated: the movies that the whole of a viewer's history speaks for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow import Found, Request
from online.vectors import best


@dataclass(frozen=True)
class CoRated:
    """Recalls by a linear model of what is watched together (Steck 2019, arXiv:1905.03375)."""

    size: int = 200
    lately: bool = False  # recent ratings count more

    @property
    def name(self) -> str:
        """One channel for each way to look at a history."""
        return "co-rated-lately" if self.lately else "co-rated"

    def __call__(self, request: Request) -> Found:
        """The best supported movies that the viewer has not rated; none without a history.

        Each one's cause is the position of the rated movie that speaks most for it.
        """
        similarity = request.catalogue.similarity
        if similarity is None or not len(request.seen):
            return Found(np.empty(0, dtype=np.int64))
        support = request.evidence("co_rated_lately" if self.lately else "co_rated")
        found = best(np.where(request.open & similarity.known, support, -np.inf), self.size)
        return Found(found, similarity.strongest(request.seen, found))

    def reason(self, request: Request, cause: int) -> str:
        """Names the rated movie that speaks most for it."""
        if cause < 0:
            return "Watched by viewers like you"
        movie = request.catalogue.movies[cause]
        stars = request.viewer.scores.get(movie.movie_id)
        given = "" if stars is None else f", which you gave ★{stars:g}"
        return f"Often watched together with {movie.title}{given}"
