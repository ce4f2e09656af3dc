"""What a viewer wants to watch."""

from __future__ import annotations

from fastapi import APIRouter, Response

from webui.rendering.impression_logging import note_shown
from webui.rendering.page_request import Visiting
from webui.views.lists.watchlist_view import watchlist


def router() -> APIRouter:
    """Route of the watchlist."""
    routes = APIRouter()
    routes.get("/watchlist")(wanted)
    return routes


async def wanted(visit: Visiting) -> Response:
    """The viewer's watchlist; nobody's is empty."""
    view = await watchlist(visit.service, visit.viewer_id, await visit.own())
    page = await visit.page("watchlist.html", watchlist=view)
    note_shown(visit, page, [("Watchlist", view.cards)])
    return page
