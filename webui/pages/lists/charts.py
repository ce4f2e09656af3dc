"""Charts, and the whole of a user's personal list."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from starlette.responses import RedirectResponse

from online.types import ChartName, Query
from webui.pages.shared.parameters import Blank, ListControlsParam, PageNumber
from webui.rendering.impression_logging import log_impressions
from webui.rendering.page_request import PageRequest, PageRequestDep
from webui.views.lists.movie_list_view import MovieListView, chart, for_you

Genre = Annotated[str | None, Blank]


def router() -> APIRouter:
    """Routes of lists."""
    routes = APIRouter()
    routes.get("/collection/{name}")(collection)
    routes.get("/for-you")(personal)
    return routes


async def collection(
    page_request: PageRequestDep, name: ChartName, genre: Genre = None
) -> Response:
    """A chart."""
    return await _list(
        page_request, chart(page_request.service, name, genre, await page_request.user_marks())
    )


async def personal(
    page_request: PageRequestDep,
    list_controls: ListControlsParam,
    genre: Genre = None,
    page: PageNumber = 1,
) -> Response:
    """Everything recommended to the user; nobody is asked to become somebody first."""
    if page_request.user_id is None:
        return RedirectResponse("/", status_code=303)
    query = Query(page_request.user_id, genre=genre)
    movie_list = await for_you(
        page_request.service, query, list_controls, await page_request.user_marks(), page
    )
    return await _list(page_request, movie_list)


async def _list(page_request: PageRequest, movie_list: MovieListView) -> Response:
    page = await page_request.page("list.html", movie_list=movie_list)
    log_impressions(page_request, page, [(movie_list.title, movie_list.cards)])
    return page
