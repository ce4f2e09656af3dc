"""ColdMovies: movies with hardly any ratings, found by their content."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.cold_start import nearest_cold_items
from online.flow.stages import NO_PROVENANCE, Request, SourceResult
from online.reason import Reason
from sparrow.arrays import Int
from sparrow.features.declarations import HISTORY_LENGTH
from sparrow.vectors.cold_start import CONTENT_EMBEDDING

MIN_COSINE = 0.5
"""Least cosine of two movies' content for the reason "similar to"."""


@dataclass(frozen=True)
class ColdMovies:
    """Recalls the cold movies with the highest scores; no other source finds them."""

    size: int = 30
    name: str = "cold-movies"

    def __call__(self, request: Request) -> SourceResult:
        """Cold movies, best first; none for an unknown user. The provenance is the liked movie with
        the most similar content.
        """
        found = nearest_cold_items(request, self.size)
        return SourceResult(found, _most_similar_liked(request, found))

    def reason(self, request: Request, cause: int) -> Reason | None:
        """Names the similar liked movie, and says that the movie is little known."""
        if cause == NO_PROVENANCE:
            return Reason("cold")
        movie = request.catalogue.movies[cause]
        stars = request.user.ratings_by_movie.get(movie.movie_id)
        if stars is None:
            return Reason("cold_like", {"movie": movie.title}, movie.movie_id)
        values = {"movie": movie.title, "stars": f"{stars:g}"}
        return Reason("cold_like_rated", values, movie.movie_id)


def _most_similar_liked(request: Request, found: Int) -> Int:
    content = request.catalogue.vectors.get(CONTENT_EMBEDDING)
    liked = request.liked[-HISTORY_LENGTH:]
    if content is None or not len(liked):
        return np.full(len(found), NO_PROVENANCE)
    cosines = content.matrix[found] @ content.matrix[liked].T  # (found, liked)
    likest = cosines.argmax(axis=1)
    alike = cosines[np.arange(len(found)), likest] >= MIN_COSINE
    provenance: Int = np.where(alike, liked[likest], NO_PROVENANCE)
    return provenance
