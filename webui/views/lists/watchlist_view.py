"""What a user wants to watch, what they would like best first."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from online.engine.service import Service
from online.types import Query, Recommended
from sparrow.errors import SparrowError
from webui.views.shared.cards import Card, cards, picks
from webui.views.shared.predicted_ratings import with_predicted_ratings
from webui.views.shared.user_marks import UserMarks

REACH = 500
"""How far down the user's personal list films of the watchlist are looked for."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Watchlist:
    """Films to watch."""

    cards: tuple[Card, ...]
    ranked: bool  # in an order of the user's taste, as far as that reaches


async def watchlist(service: Service, user_id: int | None, marks: UserMarks) -> Watchlist:
    """By the stars that the user is expected to give, where these can be told; then the rest.

    The rest is in the order in which the ranking would show it, and what that does not reach comes
    last, the newest first.
    """
    if user_id is None or not marks.watchlist:
        return Watchlist((), False)
    newest_first = await service.watchlist(user_id)
    ranked = [i for i in await _picked(service, user_id) if i.movie.movie_id in marks.watchlist]
    reached = {item.movie.movie_id for item in ranked}
    rest = [movie for movie in newest_first if movie.movie_id not in reached]
    found = picks(ranked, marks) + cards(rest, marks)
    rated = await with_predicted_ratings(service, user_id, found)
    best_first = sorted(rated, key=lambda each: -(each.predicted_rating or 0.0))
    return Watchlist(tuple(best_first), bool(ranked) or best_first[0].predicted_rating is not None)


async def _picked(service: Service, user_id: int) -> tuple[Recommended, ...]:
    """The user's personal list; nothing while ranking is away."""
    try:
        return (await service.recommend(Query(user_id, limit=REACH, log_impression=False))).items
    except SparrowError as error:
        log.warning("the watchlist goes unranked", extra={"reason": str(error)})
        return ()
