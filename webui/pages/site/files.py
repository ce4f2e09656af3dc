"""What pages are made of: posters, style and icons."""

from __future__ import annotations

from fastapi import APIRouter, Response
from starlette.responses import RedirectResponse

from sparrow.units import WEEK
from webui.pages.shared.parameters import Id
from webui.posters import PosterSpec, draw
from webui.rendering.assets import FOR_EVER
from webui.rendering.page_request import PageRequestDep
from webui.views.shared.poster_urls import drawn_url

FOR_A_WEEK = f"public, max-age={WEEK}"


def router() -> APIRouter:
    """Routes of files."""
    routes = APIRouter()
    routes.get("/poster/v1/{movie_id}.svg")(poster)
    routes.get("/poster/tmdb/{movie_id}.jpg")(real_poster)
    routes.get("/static/{digest}/{name}")(static)
    routes.get("/favicon.ico")(favicon)
    return routes


async def poster(page_request: PageRequestDep, movie_id: Id) -> Response:
    """A film's drawn poster."""
    movie = page_request.service.movie(movie_id)
    spec = PosterSpec(movie.movie_id, movie.title, movie.year, movie.genres)
    drawn = draw(spec, page_request.web.faces)
    return Response(drawn, media_type="image/svg+xml", headers={"Cache-Control": FOR_EVER})


async def real_poster(page_request: PageRequestDep, movie_id: Id) -> Response:
    """A film's poster from TMDB, else the way to the drawn one."""
    movie, tmdb = page_request.service.movie(movie_id), page_request.web.tmdb
    found = await tmdb.poster(movie.tmdb_id) if tmdb and movie.tmdb_id else None
    if found is None:
        return RedirectResponse(drawn_url(movie), 307, {"Cache-Control": "no-store"})
    return Response(
        found.content, media_type=found.media_type, headers={"Cache-Control": FOR_A_WEEK}
    )


async def static(page_request: PageRequestDep, digest: str, name: str) -> Response:
    """A static file."""
    return page_request.web.assets.response(digest, name)


async def favicon(page_request: PageRequestDep) -> Response:
    """The icon, for browsers that ask without being told where it is."""
    return RedirectResponse(page_request.web.assets.url("logo.svg"), status_code=307)
