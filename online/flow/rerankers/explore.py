"""Explore: some places go to movies of which more should be known."""

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
"""Worlds that a bandit imagines for a list: a movie's chance is the share in which it is best."""

EPSILON = 0.2
"""Part of each explored place that is drawn evenly, so that nothing has no chance at all."""

DEPTH = MAX_RANKS  # places of which a share explores: so many a visit holds as they were drawn
SAMPLER_POOL = 200  # movies from which they are filled: the best of those that have no place above
SEED_SECONDS = HOUR  # seconds in which a list that is made anew gets the same sample_scores


class SlotSampler:
    """The chances of a pool's movies for one place after another."""

    def __init__(self, samples: np.ndarray) -> None:
        """`samples` (worlds, pool): how good each movie is in each of them."""
        self._worlds = samples.copy()
        self._left = np.ones(samples.shape[1], dtype=bool)

    def chances(self) -> np.ndarray:
        """Of each movie for the next place, (pool,); 0 for those that have one."""
        wins = np.bincount(self._worlds.argmax(axis=1), minlength=len(self._left))
        even = self._left / self._left.sum()
        chance: np.ndarray = (1 - EPSILON) * wins / len(self._worlds) + EPSILON * even
        return chance

    def take(self, pick: int) -> None:
        """A movie got a place."""
        self._left[pick], self._worlds[:, pick] = False, -np.inf


def context_of(request: Request) -> Context:
    """Who asks, as bandits see them."""
    genres = len(request.catalogue.genre_names)
    return contexts(genres)[segment_of(request.user, genres)]


@dataclass(frozen=True)
class Explore:
    """Fills a share of the places by a bandit, and notes with which chance.

    The policy is: imagine `POSTERIOR_SAMPLES` worlds, count in how many of them each movie is the best of those
    that are left, mix that with even chances, draw. The worlds belong to the policy, so the chance
    that is noted is the exact one of that draw, given the places before; no movie of the pool has
    less than `EPSILON` / `SAMPLER_POOL`. Movies at other places are there for certain.

    A held list is made of the sample_scores that it was first made of: what the bandit learned since would
    draw others.
    """

    bandit: Bandit
    release: str  # its id: another release sample_scores again
    share: float = 0.0  # of the places; 0 leaves the order alone
    name: str = "explore"

    def __call__(self, request: Request, candidates: Candidates, scores: np.ndarray) -> Int:
        """The new order; the places of what has no score, at the end, stay."""
        if request.slate is not None:
            return _restore_draws(request.slate, candidates)
        slots, pool = self.plan(scores)
        if len(slots) == 0:
            return np.arange(len(candidates))
        picked = pool[self._draw(request, candidates.item_index[pool], len(slots))]
        return _insert_at(slots, picked, len(candidates))

    def plan(self, scores: np.ndarray) -> tuple[Int, Int]:
        """Which places explore, and the places, of the order so far, that they are filled from."""
        scored = int(np.isfinite(scores).sum())
        # half of a short list stays to choose from
        depth = min(DEPTH, scored // 2)
        slots = exploration_ranks(self.share, depth)
        kept = depth - len(slots)
        return slots, np.arange(kept, min(kept + SAMPLER_POOL, scored))

    def slot_sampler(
        self, request: Request, item_index: Int
    ) -> tuple[SlotSampler, np.random.Generator]:
        """The chances of a pool, and what the sample_scores are made with."""
        random = np.random.default_rng(self._seed(request))
        context = context_of(request)
        return SlotSampler(
            self.bandit.sample_scores(context, item_index, random, POSTERIOR_SAMPLES)
        ), random

    def _draw(self, request: Request, item_index: Int, count: int) -> Int:
        """Which of the pool at `item_index` fill the places, in order: `(count,)`."""
        slot_sampler, random = self.slot_sampler(request, item_index)
        chosen = np.empty(count, dtype=np.int64)
        for slot in range(count):
            chance = slot_sampler.chances()
            pick = int(random.choice(len(item_index), p=chance / chance.sum()))
            # as precise as a held list keeps it
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
    """An order of `length` places: those `picked` at `slots`, the others around them."""
    order = np.arange(length)
    new = np.empty_like(order)
    new[slots], new[np.setdiff1d(order, slots)] = picked, np.setdiff1d(order, picked)
    return new


def _restore_draws(slate: Slate, candidates: Candidates) -> Int:
    """The order in which each movie that was drawn has the rank that it was drawn for.

    As far as it is still there, and less those above it that are not.
    """
    places = ranks_of(slate.movies, candidates)
    there = places >= 0
    drawn = np.array(sorted(slate.chances), dtype=np.int64)
    drawn = drawn[there[drawn]]
    return _insert_at((np.cumsum(there) - 1)[drawn], places[drawn], len(candidates))


def exploration_ranks(share: float, depth: int) -> Int:
    """The places that explore, evenly spread: with a share of 0.2 the 5th, the 10th, …"""
    passed = np.floor(np.arange(depth + 1) * share + 1e-9)
    slots: Int = np.flatnonzero(np.diff(passed) > 0)
    return slots
