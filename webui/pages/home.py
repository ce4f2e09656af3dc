"""The home page."""

from __future__ import annotations

from fastapi import APIRouter, Response

from webui.context import Visiting
from webui.views.home import home_for, home_for_nobody


def router() -> APIRouter:
    """Route of the home page."""
    routes = APIRouter()
    routes.get("/")(home)
    return routes


async def home(visit: Visiting) -> Response:
    """Rows for the viewer, or for nobody in particular."""
    if visit.viewer_id is None:
        view = await home_for_nobody(visit.service, visit.web.identity.demo)
    else:
        view = await home_for(visit.service, visit.viewer_id, await visit.seen())
    return await visit.page("home.html", home=view)
