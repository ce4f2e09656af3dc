"""Why a film is in a list, in words."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from online.engine.service import Service
from online.reason import Reason
from online.types import Query
from sparrow.errors import SparrowError

REACH = 100
"""How far down a viewer's personal list a film is looked for."""

log = logging.getLogger(__name__)

SOURCES: Mapping[str, str] = {
    "ease": "Goes with everything you rated",
    "ease_recent": "Goes with what you rated lately",
    "ease_rated": "Goes with what you rated highly",
    "item_knn_recent": "Watched by those who watched what you did lately",
    "item_knn_rated": "Watched by those who like what you like",
    "als": "Close to your taste, by everybody’s ratings",
    "two_tower": "Close to your taste, by what others watched next",
    "after_last": "What others watched after your last film",
    "after_last_five": "What others watched after your last films",
    "same_session": "Watched in one sitting with your last films",
    "popularity": "Popular with everybody",
    "popularity_30d": "Many are rating it now",
    "popularity_7d": "Many rated it this week",
    "item_recency": "New in the catalogue",
    "bayesian_average": "Well rated by everybody who knows it",
    "year": "Among the newest films",
    "content": "Like what you like, by genres, year and words",
    "cold-movies": "Rated by hardly anybody, and like what you like",
    "top-in-genres": "The best of genres you like",
    "latest": "A new release, or new in the catalogue",
    "everything": "From the whole catalogue",
}
"""The engine's recall channels in the page's words."""


def in_words(source: str) -> str:
    """A recall channel as a message; one that has no words goes by its name."""
    return SOURCES.get(source, source)


@dataclass(frozen=True)
class Why:
    """Why a film is among a viewer's picks."""

    place: int  # from 1
    reason: Reason
    sources: tuple[str, ...]  # messages


async def why(service: Service, user_id: int | None, movie_id: int) -> Why | None:
    """None for a film that the picks do not reach, for nobody, and while ranking is away."""
    if user_id is None:
        return None
    try:
        page = await service.recommend(Query(user_id, limit=REACH, shown=False))
    except SparrowError as error:
        log.warning("the film goes without its reason", extra={"reason": str(error)})
        return None
    for place, item in enumerate(page.items, start=1):
        if item.movie.movie_id == movie_id:
            return Why(place, item.reason, tuple(map(in_words, item.sources)))
    return None
