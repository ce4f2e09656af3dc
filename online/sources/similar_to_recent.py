"""SimilarToRecent: neighbours of what the viewer liked lately."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow import Found, Request


@dataclass(frozen=True)
class SimilarToRecent:
    """Recalls movies by their cosine with one of the last liked ones (item2vec: Barkan, Koenigstein
    2016, arXiv:1603.04259); the closest pair counts.
    """

    embedding: str = "item2vec"
    liked: int = 15  # how many of the last liked movies lead on
    neighbours: int = 40  # of each of them
    size: int = 200
    name: str = "similar-to-recent"

    def __call__(self, request: Request) -> Found:
        """Neighbours, the most similar first; each one's cause is the position of its liked movie.

        None for a viewer who liked nothing, or nothing that has a vector.
        """
        vectors = request.catalogue.vectors.get(self.embedding)
        liked = request.catalogue.positions(request.liked[: self.liked])
        if vectors is None or len(liked) == 0:
            return Found(np.empty(0, dtype=np.int64))
        pairs = [vectors.neighbours(int(position), self.neighbours) for position in liked]
        positions = np.concatenate([found for found, _ in pairs])
        similarity = np.concatenate([cosine for _, cosine in pairs])
        causes = np.repeat(liked, [len(found) for found, _ in pairs])
        order = np.argsort(-similarity, kind="stable")
        order = order[request.open[positions[order]]]
        _, first = np.unique(positions[order], return_index=True)
        kept = order[np.sort(first)][: self.size]
        return Found(positions[kept], causes[kept])

    def reason(self, request: Request, cause: int) -> str:
        """Names the liked movie that led here, with the stars it got."""
        movie = request.catalogue.movies[cause]
        stars = request.viewer.scores.get(movie.movie_id)
        given = "" if stars is None else f" ★{stars:g}"
        return f"Because you rated {movie.title}{given}"
