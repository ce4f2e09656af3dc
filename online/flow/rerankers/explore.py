"""Explore: a bandit fills a share of the ranks, to learn about movies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from xxhash import xxh3_64_intdigest

from online.bandits.bandit import Bandit, Context
from online.bandits.segments import contexts, segment_of
from online.flow.rerankers.rerank_utils import ranks_of
from online.flow.stages import Candidates, Request
from online.slates.slate import MAX_RANKS, Slate
from sparrow.arrays import Int
from sparrow.units import HOUR

POSTERIOR_SAMPLES = 64
"""Score samples of a list: a movie's probability is the share in which it is the best."""

EPSILON = 0.2
"""Probability of a uniform draw, so that every movie of the pool may be drawn."""

DEPTH = MAX_RANKS  # ranks of which a share explores: a slate stores as many
SAMPLER_POOL = 200  # movies to draw from: the best of those that have no rank above
SEED_SECONDS = HOUR  # a list that is built again within this time gets the same samples


class SlotSampler:
    """Probabilities of a pool's movies, for one exploration rank after another."""

    def __init__(self, samples: np.ndarray) -> None:
        """`samples` (samples, pool) are scores of the bandit."""
        self._samples = samples.copy()
        self._left = np.ones(samples.shape[1], dtype=bool)

    def chances(self) -> np.ndarray:
        """Of each movie for the next rank, (pool,); 0 for movies that were drawn already."""
        wins = np.bincount(self._samples.argmax(axis=1), minlength=len(self._left))
        even = self._left / self._left.sum()
        chance: np.ndarray = (1 - EPSILON) * wins / len(self._samples) + EPSILON * even
        return chance

    def take(self, pick: int) -> None:
        """Remove a movie that was drawn."""
        self._left[pick], self._samples[:, pick] = False, -np.inf


def context_of(request: Request) -> Context:
    """The user, as bandits see them."""
    genres = len(request.catalogue.genre_names)
    return contexts(genres)[segment_of(request.user, genres)]


@dataclass(frozen=True)
class Explore:
    """Fills a share of the ranks by a bandit, and records the propensities.

    For each rank, the probability of a movie is the share of `POSTERIOR_SAMPLES` score samples in
    which it is the best one left, mixed with a uniform draw. Given the samples and the ranks above,
    this is the exact probability of the draw; no movie of the pool has less than `EPSILON` /
    `SAMPLER_POOL`. Movies at other ranks have propensity 1.

    A replayed slate keeps its draws: the bandit has learned since and would draw others.
    """

    bandit: Bandit
    release: str  # id, part of the seed
    share: float = 0.0  # of the ranks; 0 leaves the order alone
    name: str = "explore"

    def __call__(self, request: Request, candidates: Candidates, scores: np.ndarray) -> Int:
        """The new order; movies without a score stay at the end."""
        if request.slate is not None:
            return _restore_draws(request.slate, candidates)
        slots, pool = self.plan(scores)
        if len(slots) == 0:
            return np.arange(len(candidates))
        picked = pool[self._draw(request, candidates.item_index[pool], len(slots))]
        return _insert_at(slots, picked, len(candidates))

    def plan(self, scores: np.ndarray) -> tuple[Int, Int]:
        """The exploration ranks, and the ranks in the current order of the pool's movies."""
        scored = int(np.isfinite(scores).sum())
        # half of a short list stays to choose from
        depth = min(DEPTH, scored // 2)
        slots = exploration_ranks(self.share, depth)
        kept = depth - len(slots)
        return slots, np.arange(kept, min(kept + SAMPLER_POOL, scored))

    def slot_sampler(
        self, request: Request, item_index: Int
    ) -> tuple[SlotSampler, np.random.Generator]:
        """The sampler of a pool, and the generator to draw with."""
        random = np.random.default_rng(self._seed(request))
        context = context_of(request)
        return SlotSampler(
            self.bandit.sample_scores(context, item_index, random, POSTERIOR_SAMPLES)
        ), random

    def _draw(self, request: Request, item_index: Int, count: int) -> Int:
        """Indices of the pool's movies that are drawn, in order: `(count,)`."""
        slot_sampler, random = self.slot_sampler(request, item_index)
        chosen = np.empty(count, dtype=np.int64)
        for slot in range(count):
            chance = slot_sampler.chances()
            pick = int(random.choice(len(item_index), p=chance / chance.sum()))
            # the precision of a stored slate
            request.propensities[int(item_index[pick])] = float(np.float32(chance[pick]))
            chosen[slot] = pick
            slot_sampler.take(pick)
        return chosen

    def _seed(self, request: Request) -> int:
        query = request.query
        when = f"{request.at // SEED_SECONDS} {request.refresh_count}"
        who = f"{query.user_id} {when} {query.genre} {self.release}"
        return xxh3_64_intdigest(who.encode())


def _insert_at(slots: Int, picked: Int, length: int) -> Int:
    """An order of `length` ranks: `picked` at `slots`, the others around them."""
    order = np.arange(length)
    new = np.empty_like(order)
    new[slots], new[np.setdiff1d(order, slots)] = picked, np.setdiff1d(order, picked)
    return new


def _restore_draws(slate: Slate, candidates: Candidates) -> Int:
    """The order in which each drawn movie has the rank that it was drawn for.

    Movies of the slate that are no longer candidates are skipped, and the ranks below move up.
    """
    places = ranks_of(slate.movies, candidates)
    there = places >= 0
    drawn = np.array(sorted(slate.chances), dtype=np.int64)
    drawn = drawn[there[drawn]]
    return _insert_at((np.cumsum(there) - 1)[drawn], places[drawn], len(candidates))


def exploration_ranks(share: float, depth: int) -> Int:
    """The exploration ranks, evenly spread: with a share of 0.2 the 5th, the 10th, …"""
    passed = np.floor(np.arange(depth + 1) * share + 1e-9)
    slots: Int = np.flatnonzero(np.diff(passed) > 0)
    return slots
