"""The home page, and its rows one by one."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Response

from online.types import ChartName
from sparrow.errors import NotFoundError
from webui.formatting.urls import url_query
from webui.pages.shared.parameters import MAX_ID, Blank, Id, ListControlsParam
from webui.rendering.impression_logging import log_impressions
from webui.rendering.page_request import PageRequest, PageRequestDep
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
from webui.views.lists.personal_rows import PersonalRows
from webui.views.shared.rows import Row, fill

Word = Annotated[str | None, Blank]
Shown = Annotated[list[Annotated[int, Query(ge=0, le=MAX_ID)]], Query(max_length=200)]


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


async def home(
    page_request: PageRequestDep, list_controls: ListControlsParam, model: Word = None
) -> Response:
    """Rows for the user, or for nobody in particular."""
    if page_request.user_id is None:
        view = await home_for_nobody(page_request.service, page_request.web.user_session.demo)
    else:
        view = await home_for(
            page_request.service,
            page_request.user_id,
            await page_request.user_marks(),
            model,
            list_controls,
        )
    page = await page_request.page("home.html", home=view)
    log_impressions(page_request, page, [(row.title, row.cards) for row in view.rows])
    return page


async def picks(
    page_request: PageRequestDep,
    list_controls: ListControlsParam,
    genre: Word = None,
    model: Word = None,
    exclude: Shown = (),  # type: ignore[assignment]
) -> Response:
    """One personal row, for a page that did not wait for it, or whose sliders were moved."""
    if page_request.user_id is None:
        raise NotFoundError("You need to pick your tastes first.")
    shown = tuple(exclude)
    lists = PersonalRows(
        page_request.service,
        page_request.user_id,
        await page_request.user_marks(),
        model,
        shown,
        list_controls,
    )
    empty = pick_row(genre, model, shown, list_controls)
    row = _row(page_request, await fill(empty, partial(lists.next, genre)))
    if (
        page_request.request.headers.get("hx-trigger-name") in list_controls.parameters()
    ):  # a slider moved
        row.headers["HX-Replace-Url"] = "/" + url_query(
            {"model": model, **list_controls.parameters()}
        )
    return row


async def because(page_request: PageRequestDep, movie_id: Id) -> Response:
    """Films like one, without those that the user has rated."""
    movie = page_request.service.movie(movie_id)
    lists = PersonalRows(
        page_request.service, page_request.user_id, await page_request.user_marks(), None
    )
    movies = partial(lists.like, movie)
    return _row(page_request, await fill(because_row(movie), movies))


async def new(page_request: PageRequestDep, model: Word = None, exclude: Shown = ()) -> Response:  # type: ignore[assignment]
    """New movies for the user, without those that the page shows already."""
    shown = tuple(exclude)
    lists = PersonalRows(
        page_request.service, page_request.user_id, await page_request.user_marks(), model, shown
    )
    return _row(page_request, await fill(new_row(model, shown), lists.new))


async def wanted(page_request: PageRequestDep) -> Response:
    """The newest movies of the watchlist."""
    lists = PersonalRows(
        page_request.service, page_request.user_id, await page_request.user_marks(), None
    )
    return _row(page_request, await fill(WATCHLIST, lists.wanted))


async def chart(page_request: PageRequestDep, name: ChartName) -> Response:
    """One row that is the same for everybody, without what the user has rated."""
    movies = partial(chart_cards, page_request.service, name, await page_request.user_marks())
    return _row(page_request, await fill(chart_row(name), movies))


def _row(page_request: PageRequest, row: Row) -> Response:
    page = page_request.fragment("row.html", row=row)
    log_impressions(page_request, page, [(row.title, row.cards)])
    return page
