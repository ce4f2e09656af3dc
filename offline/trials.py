"""Viewers of a cut of the past whose lists are judged by what they watched behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from offline.cuts import Cut, Ratings, absence
from offline.evidence_of import evidence_of
from sparrow.evidence import goes_on

PLACES = 20
"""Places of a list that are judged: of few that are asked for, ten leave too much to chance."""

Weights = dict[str, float]
Goal = Callable[[Weights], float]


@dataclass(frozen=True)
class Trial:
    """Viewers of one cut with the evidence for every movie and what they watched behind it."""

    parts: dict[str, np.ndarray]  # (viewers, movies) float32 each; -inf nowhere
    seen: np.ndarray  # (viewers, movies) bool: cannot be recommended
    relevant: np.ndarray  # (viewers, movies) bool
    away: np.ndarray  # (viewers,) seconds since they rated last

    @classmethod
    def of(cls, ratings: Ratings, cut: Cut, seed: int) -> Trial:
        """The evidence as of the cut, for those of its viewers who have both sides."""
        users = cut.users
        relevant = ratings.matrix(cut.relevant)[users] > 0
        seen = ratings.matrix(cut.known)[users] > 0
        parts, away = evidence_of(ratings, cut, seed), absence(ratings, cut)
        return cls(parts, seen, relevant, away)

    def of_viewers(self, chosen: np.ndarray) -> Trial:
        """The trial of some of its viewers, (viewers,) bool."""
        count = int(chosen.sum())
        parts = {
            # what is the same for everybody stays one row in memory
            name: np.broadcast_to(part[0], (count, part.shape[1]))
            if part.strides[0] == 0
            else part[chosen]
            for name, part in self.parts.items()
        }
        return Trial(parts, self.seen[chosen], self.relevant[chosen], self.away[chosen])

    def ndcg(self, weights: Weights) -> float:
        """Mean NDCG of the lists that the weights make."""
        scores = weighted(self.parts, weights)
        scores[self.seen] = -np.inf
        return mean_ndcg(scores, self.relevant, PLACES)


def weighted(parts: Mapping[str, np.ndarray], weights: Weights) -> np.ndarray:
    """The parts, (viewers, movies) each, added up by their weights: float32."""
    total = np.zeros(next(iter(parts.values())).shape, dtype=np.float32)
    for name, weight in weights.items():
        if weight:
            total += np.float32(weight) * parts[name]
    return total


def mean_ndcg(scores: np.ndarray, relevant: np.ndarray, places: int) -> float:
    """NDCG of the first `places`, averaged over rows; every row has a relevant column."""
    length = min(places, scores.shape[1])
    top = np.argpartition(-scores, length - 1, axis=1)[:, :length]
    order = np.argsort(-np.take_along_axis(scores, top, axis=1), axis=1, kind="stable")
    hits = np.take_along_axis(relevant, np.take_along_axis(top, order, axis=1), axis=1)
    discount = 1 / np.log2(np.arange(length) + 2)
    ideal = np.cumsum(discount)[np.minimum(relevant.sum(axis=1), length) - 1]
    return float(((hits * discount).sum(axis=1) / ideal).mean())


def pooled(trials: list[Trial]) -> Goal:
    """Mean NDCG over the viewers of all trials."""
    sizes = [len(trial.seen) for trial in trials]
    return lambda weights: float(np.average([t.ndcg(weights) for t in trials], weights=sizes))


def with_others(trials: list[Trial], return_within: float, others: Weights) -> Goal:
    """Mean NDCG over all viewers where those of whom `goes_on` is true have the weights `others`.

    Their lists are made once.
    """
    stopped = [goes_on(trial.away, return_within) for trial in trials]
    fixed, here = (
        [
            trial.of_viewers(chosen)
            for trial, chosen in zip(trials, masks, strict=True)
            if chosen.any()
        ]
        for masks in (stopped, [~chosen for chosen in stopped])
    )
    count, size = (sum(len(trial.seen) for trial in each) for each in (fixed, trials))
    reached = count * pooled(fixed)(others) if fixed else 0.0
    goal = pooled(here) if here else lambda _: 0.0
    return lambda weights: (reached + (size - count) * goal(weights)) / size
