"""Viewers of a held cut with what the evidence says of every movie, and what they watched then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from offline.backtest import Weights
from offline.cuts import Ratings
from offline.evidence_of import evidence_of
from offline.held_cut import HeldCut

CANDIDATES = 300  # movies that a model ranks for a viewer, the best by the evidence


@dataclass(frozen=True)
class Asked:
    """A held cut with the evidence for its viewers, (viewers, movies) each."""

    held: HeldCut
    evidence: np.ndarray  # float32, all parts together
    seen: np.ndarray  # bool: cannot be recommended
    relevant: np.ndarray  # bool

    @classmethod
    def of(cls, ratings: Ratings, held: HeldCut, weights: Weights, seed: int) -> Asked:
        """With the evidence weighted so."""
        parts, users = evidence_of(ratings, held.cut, seed), held.cut.users
        total = np.zeros((len(users), len(ratings.movie_ids)), dtype=np.float32)
        for name, weight in weights.items():
            total += np.float32(weight) * parts[name]
        seen, relevant = (
            ratings.matrix(rows)[users] > 0 for rows in (held.cut.known, held.cut.relevant)
        )
        return cls(held, total, seen, relevant)

    def candidates(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The evidence, what is seen or not among the best, and the best.

        (viewers, movies) each, the last (viewers, CANDIDATES at most) numbers of movies.
        """
        total = np.where(self.seen, -np.inf, self.evidence)
        length = min(CANDIDATES, total.shape[1])
        best = np.argpartition(-total, length - 1, axis=1)[:, :length]
        out = np.ones_like(self.seen)
        np.put_along_axis(out, best, np.take_along_axis(self.seen, best, axis=1), axis=1)
        return self.evidence, out, best
