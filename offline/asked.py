"""Viewers of a held cut with what the evidence says of every movie, and what they watched then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from offline.backtest import Chosen, Trial
from offline.cuts import Ratings, absence
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
    away: np.ndarray  # (viewers,) seconds since they rated last
    stopped: np.ndarray  # (viewers,) bool: their lists go on where they stopped

    @classmethod
    def of(cls, ratings: Ratings, held: HeldCut, chosen: Chosen, seed: int) -> Asked:
        """With each viewer's evidence by the weights of their situation."""
        parts, users = evidence_of(ratings, held.cut, seed), held.cut.users
        away = absence(ratings, held.cut)
        stopped = chosen.stopped(away)
        total = np.zeros((len(users), len(ratings.movie_ids)), dtype=np.float32)
        for who, weights in ((~stopped, chosen.weights), (stopped, chosen.next or {})):
            for name, weight in weights.items():
                total[who] += np.float32(weight) * parts[name][who]
        seen, relevant = (
            ratings.matrix(rows)[users] > 0 for rows in (held.cut.known, held.cut.relevant)
        )
        return cls(held, total, seen, relevant, away, stopped)

    def trial(self, **parts: np.ndarray) -> Trial:
        """Of these parts, (viewers, movies) float32 each, beside the evidence."""
        return Trial({"evidence": self.evidence, **parts}, self.seen, self.relevant, self.away)

    def candidates(self) -> tuple[np.ndarray, np.ndarray]:
        """What is seen or not among the best by the evidence, and the best.

        (viewers, movies) bool, and (viewers, CANDIDATES at most) numbers of movies.
        """
        total = np.where(self.seen, -np.inf, self.evidence)
        length = min(CANDIDATES, total.shape[1])
        best = np.argpartition(-total, length - 1, axis=1)[:, :length]
        out = np.ones_like(self.seen)
        np.put_along_axis(out, best, np.take_along_axis(self.seen, best, axis=1), axis=1)
        return out, best
