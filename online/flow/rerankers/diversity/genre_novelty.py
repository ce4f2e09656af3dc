"""NewToYou: a place now and then for a genre or a decade that the user rarely sees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.rerankers.rerank_utils import min_frequency, top_k_depth
from online.flow.stages import Candidates, Request
from sparrow.arrays import Int


@dataclass(frozen=True)
class GenreNovelty:
    """Gives every `every`-th place to the best movie of a rarely seen genre or decade."""

    every: int = 5
    rare: float = 0.04  # share of the history below which a genre or a decade is rarely seen
    least: int = 10  # ratings from which habits can be told
    name: str = "new-to-you"

    def __call__(self, request: Request, candidates: Candidates, scores: np.ndarray) -> Int:
        """The new order; that of a user with few ratings is left alone."""
        new = np.zeros(len(candidates), dtype=bool)
        depth = top_k_depth(scores)
        if len(request.rated_items) >= self.least:
            new[:depth] = self._is_novel(request, candidates.item_index[:depth])
        return min_frequency(self.every, new)

    def _is_novel(self, request: Request, item_index: Int) -> np.ndarray:
        """Which movies have a rarely seen genre, or are of a rarely seen decade: `(n,)` bool."""
        catalogue, seen = request.catalogue, request.rated_items
        rare = catalogue.genres[seen].mean(axis=0) < self.rare
        decade, mine = (np.floor(catalogue.stats.year[at] / 10) for at in (item_index, seen))
        decades, count = np.unique(mine, return_counts=True)
        usual = decades[count >= self.rare * len(seen)]
        unusual = ~np.isnan(decade) & ~np.isin(decade, usual)
        return np.asarray(catalogue.genres[item_index][:, rare].any(axis=1) | unusual)
