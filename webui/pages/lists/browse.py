"""Browsing, searching, and a genre's page."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from online.types import BrowseQuery, Sort
from sparrow.errors import DependencyError
from webui.pages.shared.parameters import Blank, PageNumber
from webui.rendering.impression_logging import log_impressions
from webui.rendering.page_request import PageRequest, PageRequestDep
from webui.views.lists import search_view
from webui.views.lists.browse_view import browse
from webui.views.shared.user_marks import UserMarks

Year = Annotated[int, Field(ge=0, le=9999)]
Stars = Annotated[float, Field(ge=0, le=5)]
Votes = Annotated[int, Field(ge=0, le=10**9)]


SUGGESTIONS = 7


class BrowseForm(BaseModel):
    """The filter form's fields as a browser sends them."""

    genres: list[str] = Field(default_factory=list)
    match: Literal["any", "all"] = "all"
    year_from: Annotated[Year | None, Blank] = None
    year_to: Annotated[Year | None, Blank] = None
    min_rating: Annotated[Stars | None, Blank] = None
    min_votes: Annotated[Votes | None, Blank] = None
    hide_seen: bool = False
    sort: Sort = "popularity"
    page: PageNumber = 1

    def query(self, user_id: int | None) -> BrowseQuery:
        """What the form asks for."""
        return BrowseQuery(
            tuple(dict.fromkeys(self.genres)),
            self.match,
            self.year_from,
            self.year_to,
            self.min_rating or None,
            self.min_votes or None,
            user_id if self.hide_seen else None,
            self.sort,
        )


def router() -> APIRouter:
    """Routes of browsing and search."""
    routes = APIRouter()
    routes.get("/browse")(catalogue)
    routes.get("/genre/{genre}")(genre)
    routes.get("/search")(search)
    routes.get("/search/suggest")(suggest)
    return routes


async def catalogue(page_request: PageRequestDep, form: Annotated[BrowseForm, Query()]) -> Response:
    """The films that match the form."""
    return await _movie_list(page_request, "Browse", form.query(page_request.user_id), form.page)


async def genre(page_request: PageRequestDep, genre: str) -> Response:
    """A genre's most popular films; further pages and filters are the form's."""
    return await _movie_list(page_request, genre, BrowseQuery((genre,)), 1)


async def _movie_list(
    page_request: PageRequest, title: str, query: BrowseQuery, page: int
) -> Response:
    marks = await page_request.user_marks()
    try:
        view = await browse(page_request.service, query, page, marks)
    except DependencyError:  # the frame has a notice of it
        if query.hide_seen_by is None:
            raise
        view = await browse(page_request.service, replace(query, hide_seen_by=None), page, marks)
    response = await page_request.page("browse.html", title=title, browse=view)
    log_impressions(page_request, response, [("Browse", view.cards)])
    return response


async def search(
    page_request: PageRequestDep, q: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """Films by title."""
    found = search_view.search(page_request.service, q.strip(), await page_request.user_marks())
    page = await page_request.page("search.html", found=found, popular="/collection/popular")
    log_impressions(page_request, page, [("Search", found.cards)])
    return page


async def suggest(
    page_request: PageRequestDep,
    q: Annotated[str, Query(max_length=200)] = "",
    box: Literal["q", "look", "love"] = "q",
) -> Response:
    """Films for the list below a search box."""
    found = search_view.search(page_request.service, q.strip(), UserMarks(), SUGGESTIONS)
    return page_request.fragment("suggest.html", cards=found.cards, box=box)
