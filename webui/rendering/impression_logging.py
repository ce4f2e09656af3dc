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
from webui.rendering.page_request import PageRequest
from webui.session.navigation import current_address, referrer
from webui.views.shared.cards import Card

log = logging.getLogger(__name__)


def log_impressions(
    page_request: PageRequest, page: Response, lists: Iterable[tuple[str, Sequence[Card]]]
) -> None:
    """After `page` was sent, record an impression of each film in each named list.

    Only of users who browse as themselves: what a demo's visitors do says nothing of the user
    whom they browse as. It costs the page nothing, and is lost if Redis is away.
    """
    if page_request.session_user is None or not page_request.session_user.is_self:
        return
    user_id, now, where = (
        page_request.session_user.user_id,
        int(time.time()),
        current_address(page_request.request),
    )
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
    _later(page_request.service, page, events[:MAX_EVENTS])


def log_click(page_request: PageRequest, page: Response, movie_id: int) -> None:
    """After a film's page was sent, record the click that led to it from a page of this site."""
    if page_request.session_user is None or not page_request.session_user.is_self:
        return
    origin = (referrer(page_request.request) or "").partition("?")[0]
    own = f"/movie/{movie_id}"
    if not origin or origin == own or origin.startswith(f"{own}/"):  # typed, or never left
        return
    event = Event(
        user_id=page_request.session_user.user_id,
        type="click",
        movie_id=movie_id,
        timestamp=int(time.time()),
        context={"page": origin},
    )
    _later(page_request.service, page, [event])


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
        known = await service.movies_shown_in_session(events[0].user_id)
        new = [e for e in events if e.type != "impression" or e.movie_id not in known]
        await service.record(new)
    except SparrowError as error:
        log.warning("what a page showed is not recorded", extra={"reason": str(error)})
