"""A film's page."""

from __future__ import annotations

from fastapi import APIRouter, Response

from online.types import SimilarBy
from webui.pages.shared.parameters import Id
from webui.rendering.impression_logging import note_opened, note_shown
from webui.rendering.page_request import Visiting
from webui.views.movies.movie_view import KINDS, film


def router() -> APIRouter:
    """Route of the film pages."""
    routes = APIRouter()
    routes.get("/movie/{movie_id}")(movie)
    return routes


async def movie(visit: Visiting, movie_id: Id, by: SimilarBy = "embedding") -> Response:
    """A film, its ratings and its neighbours."""
    view = await film(visit.service, movie_id, by, await visit.own(), visit.viewer_id)
    page = await visit.page("movie.html", film=view, kinds=KINDS)
    note_shown(visit, page, [(view.similar.title, view.similar.cards)])
    note_opened(visit, page, movie_id)
    return page
