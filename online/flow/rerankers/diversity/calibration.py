"""Calibration: the genres of a list have the shares that they have in the user's history."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.rerankers.rerank_utils import move_to_front, relevance, top_k_depth
from online.flow.stages import Candidates, Request
from sparrow.arrays import Int

_SMOOTHING = 0.01  # weight of the user's shares in the list's, so that no share is 0


@dataclass(frozen=True)
class Calibration:
    """Calibrated recommendations (Steck 2018, doi:10.1145/3240323.3240372).

    Each rank goes to the movie with the largest (1 − λ) · relevance − λ · KL(p ‖ q), where p are
    the genre shares of the user's history and q those of the list with the movie added.
    """

    strength: float = 0.0  # λ from 0 (unchanged order) to 1
    places: int = 20  # ranks that are calibrated; the others follow in the old order
    least: int = 10  # least number of ratings
    name: str = "calibration"

    def __call__(self, request: Request, candidates: Candidates, scores: np.ndarray) -> Int:
        """The new order; unchanged for a user with few ratings."""
        depth = top_k_depth(scores)
        few = len(request.rated_items) < self.least or depth < 3
        if self.strength == 0 or few or request.query.genre is not None:
            return np.arange(len(candidates))
        taste = genre_distribution(request, request.rated_items).mean(axis=0)
        listed = genre_distribution(request, candidates.item_index[:depth])
        value = (1 - self.strength) * relevance(scores[:depth])
        chosen = np.empty(min(self.places, depth), dtype=np.int64)
        so_far = np.zeros(listed.shape[1])
        for place in range(len(chosen)):
            far = kl_divergence(taste, (so_far + listed) / (place + 1))
            chosen[place] = best = (value - self.strength * far).argmax()
            value[best] = -np.inf
            so_far += listed[best]
        return move_to_front(chosen, len(candidates))


def genre_distribution(request: Request, item_index: Int) -> np.ndarray:
    """Each movie's genres with equal shares: `(n, genres)`."""
    flags = request.catalogue.genres[item_index].astype(np.float64)
    return np.asarray(flags / np.maximum(flags.sum(axis=1, keepdims=True), 1))


def kl_divergence(taste: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """KL(taste ‖ shares) in nats for each row of `shares` (n, genres): `(n,)`, 0 where equal."""
    loved = taste > 0
    mixed = (1 - _SMOOTHING) * shares[:, loved] + _SMOOTHING * taste[loved]
    return np.asarray((taste[loved] * np.log(taste[loved] / mixed)).sum(axis=1))
