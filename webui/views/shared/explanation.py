"""ItemExplanation a film is in a list, in words."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from online.engine.service import Service
from online.reason import Reason
from online.types import Query
from sparrow.errors import SparrowError

REACH = 100
"""How far down a user's personal list a film is looked for."""

log = logging.getLogger(__name__)

SOURCE_LABELS: Mapping[str, str] = {
    "ease": "Fits your ratings as a whole",
    "ease_recent": "Fits your latest ratings",
    "ease_rated": "Often watched with your favourites",
    "item_knn_recent": "Popular with people who saw the same films lately",
    "item_knn_rated": "Popular with people who share your favourites",
    "als": "Close to your taste, going by everyone's ratings",
    "two_tower": "Close to your taste, going by what people watch next",
    "after_last": "Often watched after your latest film",
    "after_last_five": "Often watched after your latest films",
    "same_session": "Often watched in one sitting with your latest films",
    "popularity": "Popular with everyone",
    "popularity_30d": "Rated a lot this month",
    "popularity_7d": "Rated a lot this week",
    "item_recency": "Newly added",
    "bayesian_average": "One of the highest rated films",
    "year": "One of the newest films",
    "content": "Shares genres, years or keywords with your favourites",
    "cold-movies": "Little known, but close to your taste",
    "top-in-genres": "One of the best in genres you like",
    "latest": "Newly released or newly added",
    "everything": "From the full catalogue",
}
"""The engine's recall channels in the page's words."""


def source_label(source: str) -> str:
    """A recall channel as a message; one that has no words goes by its name."""
    return SOURCE_LABELS.get(source, source)


@dataclass(frozen=True)
class ItemExplanation:
    """ItemExplanation a film is among a user's picks."""

    rank: int  # from 1
    reason: Reason
    sources: tuple[str, ...]  # messages


async def explain_item(
    service: Service, user_id: int | None, movie_id: int
) -> ItemExplanation | None:
    """None for a film that the picks do not reach, for nobody, and while ranking is away."""
    if user_id is None:
        return None
    try:
        page = await service.recommend(Query(user_id, limit=REACH, log_impression=False))
    except SparrowError as error:
        log.warning("the film goes without its reason", extra={"reason": str(error)})
        return None
    for place, item in enumerate(page.items, start=1):
        if item.movie.movie_id == movie_id:
            return ItemExplanation(place, item.reason, tuple(map(source_label, item.sources)))
    return None
