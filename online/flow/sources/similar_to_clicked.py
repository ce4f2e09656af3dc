"""SimilarToClicked: neighbours of the movies that were clicked last."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.stages import Request, SourceResult
from online.reason import Reason


@dataclass(frozen=True)
class SimilarToClicked:
    """Recalls the nearest movies of each of the last clicked ones, in turns."""

    embedding: str = "item2vec"
    clicked: int = 5  # number of last clicks
    neighbours: int = 40  # of each clicked movie
    name: str = "similar-to-clicked"

    def __call__(self, request: Request) -> SourceResult:
        """The nearest of each, then the second nearest, …; the provenance is the clicked movie."""
        vectors = request.catalogue.vectors.get(self.embedding)
        clicked = list(dict.fromkeys(request.clicked.tolist()))[: self.clicked]
        if vectors is None or not clicked:
            return SourceResult(np.empty(0, dtype=np.int64))
        found = [vectors.neighbours(movie, self.neighbours)[0] for movie in clicked]
        item_index = np.concatenate(found)
        provenance = np.repeat(clicked, [len(movies) for movies in found])
        turns = np.argsort(np.concatenate([np.arange(len(m)) for m in found]), kind="stable")
        turns = turns[request.eligible[item_index[turns]]]
        duplicates = request.catalogue.duplicates
        if duplicates:  # a duplicate of the clicked movie is no neighbour of it
            same = duplicates.representatives(item_index) == duplicates.representatives(provenance)
            turns = turns[~same[turns]]
        _, first = np.unique(item_index[turns], return_index=True)
        kept = turns[np.sort(first)]
        return SourceResult(item_index[kept], provenance[kept])

    def reason(self, request: Request, cause: int) -> Reason | None:
        """Names the clicked movie."""
        return Reason("looked_at", {"movie": request.catalogue.movies[cause].title})
