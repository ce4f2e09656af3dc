"""CoRated: the movies that the whole of a viewer's history speaks for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow import Found, Request
from online.relations import Relations
from sparrow.events import Int
from sparrow.evidence import recency
from sparrow.vectors import best


@dataclass(frozen=True)
class CoRated:
    """Recalls by what is watched together, as one of a release's similarities has it.

    The home flow's is a linear model (Steck 2019, arXiv:1905.03375).
    """

    size: int = 200
    lately: bool = False  # recent ratings count more
    similarity: str | None = None  # by name; unset: the release's first

    @property
    def name(self) -> str:
        """One channel for each way to look at a history."""
        of = "" if self.similarity is None else f"-{self.similarity}"
        return f"co-rated{of}{'-lately' if self.lately else ''}"

    def __call__(self, request: Request) -> Found:
        """The best supported movies that the viewer has not rated; none without a history.

        Each one's cause is the position of the liked movie that speaks most for it: that it goes
        with something of little worth would be true, and no reason to watch it.
        """
        relations = self._relations(request)
        if relations is None or not len(request.seen):
            return Found(np.empty(0, dtype=np.int64))
        said = self._said(request, relations)
        places = best(np.where(request.open[relations.movies], said, -np.inf), self.size)
        found = relations.movies[places]
        return Found(found, relations.strongest(self._reasons(request), found))

    def _reasons(self, request: Request) -> Int:
        """The liked movies of the history; all of it, if nothing was liked."""
        history = request.viewer.history
        liked = history["movie_id"][history["rating"] >= request.catalogue.like_threshold]
        return request.catalogue.positions(liked) if len(liked) else request.seen

    def _relations(self, request: Request) -> Relations | None:
        if self.similarity is None:
            return request.catalogue.similarity
        return request.catalogue.similarities.get(self.similarity)

    def _said(self, request: Request, relations: Relations) -> np.ndarray:
        if self.similarity is None:  # the flow's ranking asks for it too: it is made once
            return request.personal.said("co_rated_lately" if self.lately else "co_rated")
        events = len(request.seen)
        return relations.speak(request.seen, recency(events) if self.lately else np.ones(events))

    def reason(self, request: Request, cause: int) -> str:
        """Names the liked movie that speaks most for it."""
        if cause < 0:
            return "Watched by viewers like you"
        movie = request.catalogue.movies[cause]
        stars = request.viewer.scores.get(movie.movie_id)
        given = "" if stars is None else f", which you gave ★{stars:g}"
        return f"Often watched together with {movie.title}{given}"
