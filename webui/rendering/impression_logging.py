"""What pages showed and what was opened from them, told to the engine once the page is out."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence

from starlette.background import BackgroundTasks
from starlette.responses import Response

from online.engine.service import Service
from sparrow.errors import SparrowError
from sparrow.feedback.event import MAX_EVENTS, Event
from webui.rendering.page_request import Visit
from webui.session.navigation import address, came_from
from webui.views.shared.cards import Card

log = logging.getLogger(__name__)


def note_shown(visit: Visit, page: Response, lists: Iterable[tuple[str, Sequence[Card]]]) -> None:
    """After `page` was sent, record an impression of each film in each named list.

    Only of viewers who browse as themselves: what a demo's visitors do says nothing of the viewer
    whom they browse as. It costs the page nothing, and is lost if Redis is away.
    """
    if visit.who is None or not visit.who.own:
        return
    user_id, now, where = visit.who.user_id, int(time.time()), address(visit.request)
    events = [
        Event(
            user_id=user_id,
            type="impression",
            movie_id=item.movie.movie_id,
            timestamp=now,
            context={"page": where.partition("?")[0], "row": name, "position": position},
        )
        for name, items in lists
        for position, item in enumerate(items, start=1)
    ]
    _later(visit.service, page, events[:MAX_EVENTS])


def note_opened(visit: Visit, page: Response, movie_id: int) -> None:
    """After a film's page was sent, record the click that led to it from a page of this site."""
    if visit.who is None or not visit.who.own:
        return
    origin = (came_from(visit.request) or "").partition("?")[0]
    own = f"/movie/{movie_id}"
    if not origin or origin == own or origin.startswith(f"{own}/"):  # typed, or never left
        return
    event = Event(
        user_id=visit.who.user_id,
        type="click",
        movie_id=movie_id,
        timestamp=int(time.time()),
        context={"page": origin},
    )
    _later(visit.service, page, [event])


def _later(service: Service, page: Response, events: Sequence[Event]) -> None:
    """Adds to what runs when the page is out; a page may have both to tell."""
    if not events:
        return
    tasks = page.background if isinstance(page.background, BackgroundTasks) else BackgroundTasks()
    tasks.add_task(_record, service, events)
    page.background = tasks


async def _record(service: Service, events: Sequence[Event]) -> None:
    """Impressions of one visit count once, so a page that is loaded again has nothing to tell."""
    try:
        known = await service.shown_this_visit(events[0].user_id)
        new = [e for e in events if e.type != "impression" or e.movie_id not in known]
        await service.record(new)
    except SparrowError as error:
        log.warning("what a page showed is not recorded", extra={"reason": str(error)})
