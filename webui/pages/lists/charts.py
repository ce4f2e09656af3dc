"""Charts, and the whole of a viewer's personal list."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from starlette.responses import RedirectResponse

from online.types import ChartName, Query
from webui.pages.shared.parameters import Blank, PageNumber, Tuned
from webui.rendering.impression_logging import note_shown
from webui.rendering.page_request import Visit, Visiting
from webui.views.lists.movie_list_view import FilmList, chart, for_you

Genre = Annotated[str | None, Blank]


def router() -> APIRouter:
    """Routes of lists."""
    routes = APIRouter()
    routes.get("/collection/{name}")(collection)
    routes.get("/for-you")(personal)
    return routes


async def collection(visit: Visiting, name: ChartName, genre: Genre = None) -> Response:
    """A chart."""
    return await _list(visit, chart(visit.service, name, genre, await visit.own()))


async def personal(
    visit: Visiting, tuning: Tuned, genre: Genre = None, page: PageNumber = 1
) -> Response:
    """Everything recommended to the viewer; nobody is asked to become somebody first."""
    if visit.viewer_id is None:
        return RedirectResponse("/", status_code=303)
    wish = Query(visit.viewer_id, genre=genre)
    films = await for_you(visit.service, wish, tuning, await visit.own(), page)
    return await _list(visit, films)


async def _list(visit: Visit, films: FilmList) -> Response:
    page = await visit.page("list.html", films=films)
    note_shown(visit, page, [(films.title, films.cards)])
    return page
