"""What a user wants to watch."""

from __future__ import annotations

from fastapi import APIRouter, Response

from webui.rendering.impression_logging import log_impressions
from webui.rendering.page_request import PageRequestDep
from webui.views.lists.watchlist_view import watchlist


def router() -> APIRouter:
    """Route of the watchlist."""
    routes = APIRouter()
    routes.get("/watchlist")(wanted)
    return routes


async def wanted(page_request: PageRequestDep) -> Response:
    """The user's watchlist; nobody's is empty."""
    view = await watchlist(
        page_request.service, page_request.user_id, await page_request.user_marks()
    )
    page = await page_request.page("watchlist.html", watchlist=view)
    log_impressions(page_request, page, [("Watchlist", view.cards)])
    return page
