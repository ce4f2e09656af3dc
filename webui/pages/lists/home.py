"""The home page, and its rows one by one."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Response

from online.types import ChartName
from sparrow.errors import NotFoundError
from webui.formatting.urls import query
from webui.pages.shared.parameters import LARGEST, Blank, Id, Tuned
from webui.rendering.impression_logging import note_shown
from webui.rendering.page_request import Visit, Visiting
from webui.views.lists.home_view import (
    WATCHLIST,
    because_row,
    chart_cards,
    chart_row,
    home_for,
    home_for_nobody,
    new_row,
    pick_row,
)
from webui.views.lists.personal_rows import Lists
from webui.views.shared.rows import Row, fill

Word = Annotated[str | None, Blank]
Shown = Annotated[list[Annotated[int, Query(ge=0, le=LARGEST)]], Query(max_length=200)]


def router() -> APIRouter:
    """Route of the home page."""
    routes = APIRouter()
    routes.get("/")(home)
    routes.get("/rows/picks")(picks)
    routes.get("/rows/because/{movie_id}")(because)
    routes.get("/rows/watchlist")(wanted)
    routes.get("/rows/new")(new)
    routes.get("/rows/{name}")(chart)
    return routes


async def home(visit: Visiting, tuning: Tuned, model: Word = None) -> Response:
    """Rows for the viewer, or for nobody in particular."""
    if visit.viewer_id is None:
        view = await home_for_nobody(visit.service, visit.web.identity.demo)
    else:
        view = await home_for(visit.service, visit.viewer_id, await visit.own(), model, tuning)
    page = await visit.page("home.html", home=view)
    note_shown(visit, page, [(row.title, row.cards) for row in view.rows])
    return page


async def picks(
    visit: Visiting,
    tuning: Tuned,
    genre: Word = None,
    model: Word = None,
    exclude: Shown = (),  # type: ignore[assignment]
) -> Response:
    """One personal row, for a page that did not wait for it, or whose sliders were moved."""
    if visit.viewer_id is None:
        raise NotFoundError("You need to pick your tastes first.")
    shown = tuple(exclude)
    lists = Lists(visit.service, visit.viewer_id, await visit.own(), model, shown, tuning)
    empty = pick_row(genre, model, shown, tuning)
    row = _row(visit, await fill(empty, partial(lists.next, genre)))
    if visit.request.headers.get("hx-trigger-name") in tuning.parameters():  # a slider moved
        row.headers["HX-Replace-Url"] = "/" + query({"model": model, **tuning.parameters()})
    return row


async def because(visit: Visiting, movie_id: Id) -> Response:
    """Films like one, without those that the viewer has rated."""
    movie = visit.service.movie(movie_id)
    lists = Lists(visit.service, visit.viewer_id, await visit.own(), None)
    films = partial(lists.like, movie)
    return _row(visit, await fill(because_row(movie), films))


async def new(visit: Visiting, model: Word = None, exclude: Shown = ()) -> Response:  # type: ignore[assignment]
    """New films for the viewer, without those that the page shows already."""
    shown = tuple(exclude)
    lists = Lists(visit.service, visit.viewer_id, await visit.own(), model, shown)
    return _row(visit, await fill(new_row(model, shown), lists.new))


async def wanted(visit: Visiting) -> Response:
    """The newest films of the watchlist."""
    lists = Lists(visit.service, visit.viewer_id, await visit.own(), None)
    return _row(visit, await fill(WATCHLIST, lists.wanted))


async def chart(visit: Visiting, name: ChartName) -> Response:
    """One row that is the same for everybody, without what the viewer has rated."""
    films = partial(chart_cards, visit.service, name, await visit.own())
    return _row(visit, await fill(chart_row(name), films))


def _row(visit: Visit, row: Row) -> Response:
    page = visit.fragment("row.html", row=row)
    note_shown(visit, page, [(row.title, row.cards)])
    return page
