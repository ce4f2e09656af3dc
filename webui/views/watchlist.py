"""What a viewer wants to watch, what they would like best first."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from online.service import Service
from online.types import Query, Recommended
from sparrow.errors import SparrowError
from webui.views.cards import Card, cards, picks
from webui.views.own import Own

REACH = 500
"""How far down the viewer's personal list films of the watchlist are looked for."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Watchlist:
    """Films to watch."""

    cards: tuple[Card, ...]
    ranked: bool  # in the order of the viewer's picks, as far as these reach


async def watchlist(service: Service, user_id: int | None, own: Own) -> Watchlist:
    """In the order in which the ranking would show them; those it does not reach, newest first."""
    if user_id is None or not own.watchlist:
        return Watchlist((), False)
    newest_first = await service.watchlist(user_id)
    ranked = [i for i in await _picked(service, user_id) if i.movie.movie_id in own.watchlist]
    reached = {item.movie.movie_id for item in ranked}
    rest = [movie for movie in newest_first if movie.movie_id not in reached]
    return Watchlist(picks(ranked, own) + cards(rest, own), bool(ranked))


async def _picked(service: Service, user_id: int) -> tuple[Recommended, ...]:
    """The viewer's personal list; nothing while ranking is away."""
    try:
        return (await service.recommend(Query(user_id, limit=REACH, shown=False))).items
    except SparrowError as error:
        log.warning("the watchlist goes unranked", extra={"reason": str(error)})
        return ()
