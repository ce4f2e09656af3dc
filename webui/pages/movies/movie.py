"""A film's page."""

from __future__ import annotations

from fastapi import APIRouter, Response

from online.types import SimilarBy
from webui.pages.shared.parameters import Id
from webui.rendering.impression_logging import log_click, log_impressions
from webui.rendering.page_request import PageRequestDep
from webui.views.movies.movie_view import KINDS, movie_view


def router() -> APIRouter:
    """Route of the film pages."""
    routes = APIRouter()
    routes.get("/movie/{movie_id}")(movie)
    return routes


async def movie(
    page_request: PageRequestDep, movie_id: Id, by: SimilarBy = "embedding"
) -> Response:
    """A film, its ratings and its neighbours."""
    view = await movie_view(
        page_request.service, movie_id, by, await page_request.user_marks(), page_request.user_id
    )
    page = await page_request.page("movie.html", movie_page=view, kinds=KINDS)
    log_impressions(page_request, page, [(view.similar.title, view.similar.cards)])
    log_click(page_request, page, movie_id)
    return page
