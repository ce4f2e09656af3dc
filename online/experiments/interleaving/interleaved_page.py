"""A page of two rankings, by team draft."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from online.experiments.interleaving.team_draft import A, B, team_draft
from online.types import Page, Query, Recommended
from sparrow.arrays import Int


def full_prefix_query(query: Query) -> Query:
    """The query for all that is above its page too: the draft begins there."""
    return replace(query, offset=0, limit=query.offset + query.limit)


def interleaved(
    pages: tuple[Page, Page],
    query: Query,
    seed: int,
    one_id: Callable[[Int], Int],
    drafted: Mapping[int, int],
) -> Page:
    """The part that `query` asks for of the draft of two lists from the top.

    `one_id` gives for each movie id the one that stands for its movie: the lists may have the same
    movie under different ids. `drafted` are movies that an earlier draft of the visit begins with,
    by the ids that stand for them, and their teams: where both lists begin with them, so does the
    new one.
    """
    a, b = pages
    rankings = one_id(_ids(a)), one_id(_ids(b))
    items: dict[tuple[int, int], Recommended] = {
        (team, movie): item
        for team, page in ((A, a), (B, b))
        for movie, item in zip(rankings[team].tolist(), page.items, strict=True)
    }
    held = [(drafted[movie], movie) for movie in rankings[A].tolist() if movie in drafted]
    held = [place for place in held if place in items]
    rest = [ids[~np.isin(ids, [movie for _, movie in held])] for ids in rankings]
    draft = team_draft(rest[A], rest[B], query.offset + query.limit - len(held), seed)
    places = [*held, *zip(draft.teams.tolist(), draft.movies.tolist(), strict=True)]
    places = places[query.offset :]
    return replace(
        a,
        items=tuple(items[place] for place in places),
        total=max(a.total, b.total),
        flow=_both(a.flow, b.flow),
        model=_both(a.model, b.model),
        milliseconds=a.milliseconds + b.milliseconds,
        trace=(*a.trace, *b.trace),
        interleaving_teams=tuple(team for team, _ in places),
    )


def _ids(page: Page) -> np.ndarray:
    return np.array([item.movie.movie_id for item in page.items], dtype=np.int64)


def _both(a: str, b: str) -> str:
    return a if a == b else f"{a}+{b}"
