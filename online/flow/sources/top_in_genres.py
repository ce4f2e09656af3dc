"""TopInGenres: the best rated movies of the genres that the viewer rates above their own mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.catalogue.item_filter import first
from online.flow.stages import Found, Request
from online.reason import Reason
from sparrow.arrays import Int


@dataclass(frozen=True)
class TopInGenres:
    """Recalls the top-rated movies of a few favourite genres, in turns."""

    genres: int = 4
    each: int = 50
    name: str = "top-in-genres"

    def __call__(self, request: Request) -> Found:
        """Top movies of the favourite genres; none for a user who prefers no genre."""
        taste = request.viewer.row["user_genre_taste"].reshape(-1)
        favourites = [g for g in np.argsort(-taste, kind="stable")[: self.genres] if taste[g] > 0]
        tops = [self._top(request, genre) for genre in favourites]
        positions = np.concatenate([np.empty(0, dtype=np.int64), *tops])
        _, first = np.unique(positions, return_index=True)
        return Found(positions[np.sort(first)])

    def _top(self, request: Request, genre: int) -> Int:
        catalogue = request.catalogue
        of_genre = catalogue.scopes.of(catalogue.genre_names[genre])
        charts = (scope.chart("top-rated") for scope in (of_genre, request.scope))
        return first(min(charts, key=len), self.each, of_genre.mask, request.eligible)

    def reason(self, request: Request, cause: int) -> Reason | None:
        """None: a genre is named where it is distinctive of the user, whatever found the movie."""
        return None
