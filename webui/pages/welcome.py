"""A newcomer's first minute: pick tastes, rate a few films, and go home."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Response
from starlette.responses import RedirectResponse

from online.taste_groups import POINTS
from sparrow.errors import ForbiddenError
from webui.context import Visit, Visiting
from webui.pages.parameters import LARGEST
from webui.templating import query
from webui.views.cards import cards
from webui.views.welcome import ASKED, asked_of, points_in, rate, tell, welcome

FIELDS = 20
Films = Annotated[
    list[Annotated[int, Query(ge=0, le=LARGEST)]], Query(min_length=1, max_length=ASKED)
]


def router() -> APIRouter:
    """Routes of the first minute."""
    routes = APIRouter()
    routes.get("/welcome")(tastes)
    routes.post("/welcome")(share)
    routes.get("/welcome/films")(films)
    routes.post("/welcome/films")(stars)
    return routes


async def tastes(visit: Visiting) -> Response:
    """Tastes to share points among."""
    return await visit.page("welcome.html", welcome=welcome(visit.service))


async def share(visit: Visiting) -> Response:
    """Take the points; whoever is nobody becomes a new viewer by them.

    None or too many are said above the form, which keeps the points.
    """
    form = await _form(visit)
    points = points_in(form)
    if not 1 <= sum(points.values()) <= POINTS:
        page = welcome(visit.service, points)
        return await visit.page("welcome.html", 422, welcome=page)
    who = await tell(visit.service, visit.who, points)
    asked = list(asked_of(visit.service, points))
    next_page = "/welcome/films" + query({"film": asked}) if asked else "/"
    answer = RedirectResponse(next_page, status_code=303)
    if who != visit.who:
        visit.web.identity.remember(answer, who, secure=visit.secure)
    return answer


async def films(visit: Visiting, film: Films) -> Response:
    """A few films to rate, or not."""
    movies = [visit.service.movie(movie_id) for movie_id in dict.fromkeys(film)]
    return await visit.page("welcome_films.html", cards=cards(movies, await visit.own()))


async def stars(visit: Visiting) -> Response:
    """Take the stars of those films that got any."""
    form = await _form(visit)
    if visit.viewer_id is None:
        return RedirectResponse("/welcome", status_code=303)
    await rate(visit.service, visit.viewer_id, form, int(time.time()))
    return RedirectResponse("/", status_code=303)


async def _form(visit: Visit) -> Mapping[str, object]:
    """A form whose fields depend on the release; ForbiddenError unless this site gave it out."""
    form = await visit.request.form(max_files=0, max_fields=FIELDS)
    token = form.get("token", "")
    if not isinstance(token, str):
        raise ForbiddenError("Expected a form of this site: go back, and load the page again.")
    visit.web.tokens.check(visit.request, token)
    return form
