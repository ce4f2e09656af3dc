"""What was shown to whom, by what: the record that experiments and off-policy estimates read."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from online.types import Page, Query

MAX_MOVIES = 100
"""Movies of a list that are recorded: nobody looks at more, and Redis has to hold them."""


@dataclass(frozen=True)
class Impression:
    """A list that was served to somebody with an id."""

    request_id: str
    user_id: int
    at: int  # milliseconds since 1970
    made_at: int  # moment of the list, seconds since 1970: it may have been shown before
    flow: str
    model: str
    release: str
    variants: Mapping[str, str]  # experiment → variant
    movies: list[int]  # ids, in the order in which they were shown
    position: int  # of the first one in the whole list, from 0
    scores: list[float]  # NaN becomes null in the stream
    propensities: list[float]  # chance that each movie had of its place
    teams: list[int]  # of an interleaved list: the ranking that each movie is of, 0 or 1


def impression_of(
    user_id: int, query: Query, page: Page, request_id: str | None = None
) -> Impression:
    """The record of a page; `request_id` is that of a later request which got it again."""
    movies, scores, propensities = page.columns
    return Impression(
        request_id=request_id or query.request_id or uuid4().hex,
        user_id=user_id,
        at=time.time_ns() // 1_000_000,
        made_at=page.at,
        flow=page.flow,
        model=page.model,
        release=page.release,
        variants=page.variants,
        movies=movies[:MAX_MOVIES],
        position=query.offset,
        scores=scores[:MAX_MOVIES],
        propensities=propensities[:MAX_MOVIES],
        teams=list(page.interleaving_teams[:MAX_MOVIES]),
    )
