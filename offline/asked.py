"""Viewers of a held cut with what the evidence says of every movie, and what they watched then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from offline.backtest import Chosen
from offline.cuts import Ratings, absence
from offline.evidence_of import evidence_of
from offline.held_cut import HeldCut
from offline.trials import Trial, weighted

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
    going_on: np.ndarray | None  # the evidence if everybody's did; None where all have one kind

    @classmethod
    def of(cls, ratings: Ratings, held: HeldCut, chosen: Chosen, seed: int) -> Asked:
        """With each viewer's evidence by the weights of their situation."""
        parts, users = evidence_of(ratings, held.cut, seed), held.cut.users
        away = absence(ratings, held.cut)
        stopped = chosen.stopped(away)
        total = weighted(parts, chosen.weights)
        going_on = None if chosen.next is None else weighted(parts, chosen.next)
        if going_on is not None:
            total = np.where(stopped[:, None], going_on, total)
        seen, relevant = (
            ratings.matrix(rows)[users] > 0 for rows in (held.cut.known, held.cut.relevant)
        )
        return cls(held, total, seen, relevant, away, stopped, going_on)

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
