"""Team draft: two rankings in one list, so that each user compares them without knowing.

Radlinski, Kurup, Joachims, "How Does Clickthrough Data Reflect Retrieval Quality?", CIKM 2008: the
rankings are captains who choose in turns the best movie that is left, and a coin says who begins
each round. A click is a vote for the team that the movie plays for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sparrow.arrays import Int

A, B = 0, 1


@dataclass(frozen=True)
class InterleavedList:
    """An interleaved list."""

    movies: Int  # (n,) without repeats
    teams: Int  # (n,) A or B, whom each place belongs to


def team_draft(a: Int, b: Int, length: int, seed: int) -> InterleavedList:
    """Interleave two rankings, best first and without repeats, into up to `length` places.

    The same seed gives the same list, and a shorter list is the beginning of a longer one. A
    ranking that has nothing left leaves the rest to the other.
    """
    coins = np.random.default_rng(seed)
    left = [iter(ranking.tolist()) for ranking in (a, b)]
    chosen: dict[int, int] = {}
    while len(chosen) < length:
        before = len(chosen)
        first = int(coins.integers(2))
        for team in (first, 1 - first):
            movie = next((m for m in left[team] if m not in chosen), None)
            if movie is not None:
                chosen[movie] = team
        if len(chosen) == before:
            break
    movies = np.array(list(chosen)[:length], dtype=np.int64)
    teams = np.array(list(chosen.values())[:length], dtype=np.int64)
    return InterleavedList(movies, teams)


def attribute_clicks(draft: InterleavedList, clicked: Iterable[int]) -> tuple[int, int]:
    """How many of the clicked movies played for A and for B."""
    votes = np.isin(draft.movies, np.array(list(clicked), dtype=np.int64))
    return int((votes & (draft.teams == A)).sum()), int((votes & (draft.teams == B)).sum())
