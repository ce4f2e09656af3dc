"""TopInGenres: the best rated movies of the genres that the user rates above their own mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.catalogue.item_filter import take_matching
from online.flow.stages import Request, SourceResult
from online.reason import Reason
from sparrow.arrays import Int


@dataclass(frozen=True)
class TopInGenres:
    """Recalls the top-rated movies of a few favourite genres, in turns."""

    genres: int = 4
    each: int = 50
    name: str = "top-in-genres"

    def __call__(self, request: Request) -> SourceResult:
        """Top movies of the favourite genres; none for a user who prefers no genre."""
        taste = request.user.row["user_genre_taste"].reshape(-1)
        favourites = [g for g in np.argsort(-taste, kind="stable")[: self.genres] if taste[g] > 0]
        tops = [self._top(request, genre) for genre in favourites]
        item_index = np.concatenate([np.empty(0, dtype=np.int64), *tops])
        _, first = np.unique(item_index, return_index=True)
        return SourceResult(item_index[np.sort(first)])

    def _top(self, request: Request, genre: int) -> Int:
        catalogue = request.catalogue
        of_genre = catalogue.subsets.of(catalogue.genre_names[genre])
        charts = (subset.chart("top-rated") for subset in (of_genre, request.subset))
        return take_matching(min(charts, key=len), self.each, of_genre.mask, request.eligible)

    def reason(self, request: Request, cause: int) -> Reason | None:
        """None: genres are explained whatever found the movie."""
        return None
