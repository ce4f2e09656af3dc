"""GenreNovelty: some ranks go to a genre or a decade that is rare in the user's history."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.rerankers.rerank_utils import min_frequency, top_k_depth
from online.flow.stages import Candidates, Request
from sparrow.arrays import Int


@dataclass(frozen=True)
class GenreNovelty:
    """Gives every `every`-th rank to the best movie of a rare genre or decade."""

    every: int = 5
    rare: float = 0.04  # share of the history below which a genre or a decade is rare
    least: int = 10  # least number of ratings
    name: str = "new-to-you"

    def __call__(self, request: Request, candidates: Candidates, scores: np.ndarray) -> Int:
        """The new order; unchanged for a user with few ratings."""
        new = np.zeros(len(candidates), dtype=bool)
        depth = top_k_depth(scores)
        if len(request.rated_items) >= self.least:
            new[:depth] = self._is_novel(request, candidates.item_index[:depth])
        return min_frequency(self.every, new)

    def _is_novel(self, request: Request, item_index: Int) -> np.ndarray:
        """Which movies are of a rare genre or a rare decade: `(n,)` bool."""
        catalogue, seen = request.catalogue, request.rated_items
        rare = catalogue.genres[seen].mean(axis=0) < self.rare
        decade, mine = (np.floor(catalogue.stats.year[at] / 10) for at in (item_index, seen))
        decades, count = np.unique(mine, return_counts=True)
        usual = decades[count >= self.rare * len(seen)]
        unusual = ~np.isnan(decade) & ~np.isin(decade, usual)
        return np.asarray(catalogue.genres[item_index][:, rare].any(axis=1) | unusual)
