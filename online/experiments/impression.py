"""What was shown to whom, by what: the record that experiments and off-policy estimates read."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from online.types import Page, Query


@dataclass(frozen=True)
class Shown:
    """A movie of a served list."""

    movie_id: int
    position: int  # place in the whole list, from 0
    score: float  # NaN becomes null in the stream
    propensity: float  # chance that the movie had of this place


@dataclass(frozen=True)
class Impression:
    """A list that was served to somebody with an id."""

    request_id: str
    user_id: int
    at: int  # milliseconds since 1970
    flow: str
    model: str
    release: str
    variants: Mapping[str, str]  # experiment → variant
    movies: tuple[Shown, ...]


def impression_of(user_id: int, query: Query, page: Page) -> Impression:
    """The record of a page."""
    return Impression(
        request_id=query.request_id or uuid4().hex,
        user_id=user_id,
        at=time.time_ns() // 1_000_000,
        flow=page.flow,
        model=page.model,
        release=page.release,
        variants=page.variants,
        movies=tuple(
            Shown(item.movie.movie_id, position, item.score, item.propensity)
            for position, item in enumerate(page.items, start=query.offset)
        ),
    )
