"""A newcomer's first minutes: points for tastes, films they love, and a few to rate."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Response
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse

from sparrow.errors import ForbiddenError
from sparrow.signals.models.taste_clusters import TASTE_POINTS
from webui.formatting.urls import query
from webui.pages.shared.parameters import LARGEST
from webui.rendering.impression_logging import note_shown
from webui.rendering.page_request import Visit, Visiting
from webui.views.onboarding.elicitation_view import AT_ONCE, Elicitation, elicitation, reply, take
from webui.views.onboarding.taste_points_view import points_in, refused, share_points, welcome
from webui.views.shared.page_frame import shell

FIELDS = 24
FILMS = "/welcome/films"
Films = Annotated[tuple[Annotated[int, Query(ge=0, le=LARGEST)], ...], Query(max_length=AT_ONCE)]


def router() -> APIRouter:
    """Routes of the first minutes."""
    routes = APIRouter()
    routes.get("/welcome")(tastes)
    routes.post("/welcome")(share)
    routes.get(FILMS)(films)
    routes.post(FILMS)(answer)
    return routes


async def tastes(visit: Visiting) -> Response:
    """Tastes to share points among, as far as they are shared already."""
    view = await welcome(visit.service, visit.who)
    return await visit.page("welcome.html", welcome=view)


async def share(visit: Visiting) -> Response:
    """Take the points; whoever is nobody becomes a new user by them.

    None or too many are said above the form, which keeps the points.
    """
    points = points_in(await _form(visit))
    if not 1 <= sum(points.values()) <= TASTE_POINTS:
        view = refused(visit.service, points)
        return await visit.page("welcome.html", 422, welcome=view)
    who = await share_points(visit.service, visit.who, points)
    return _remembering(replace(visit, who=who), RedirectResponse(FILMS, status_code=303))


async def films(
    visit: Visiting, q: Annotated[str, Query(max_length=200)] = "", keep: Films = ()
) -> Response:
    """Films to search for and love, films to rate, and what follows from them.

    `keep` are films that stay offered.
    """
    view = await elicitation(visit.service, visit.who, await visit.own(), q.strip(), keep)
    page = await visit.page("elicitation.html", elicitation=view)
    _note(visit, page, view)
    return page


async def answer(visit: Visiting) -> Response:
    """Take what was loved, rated or skipped; the answer offers the next films."""
    said = reply([(n, str(value)) for n, value in (await _form(visit)).multi_items()])
    who, toast = await take(visit.service, visit.who, said, int(time.time()))
    visit = replace(visit, who=who)
    if "hx-request" not in visit.request.headers:
        address = FILMS + query({"keep": list(said.open) or None})
        back = RedirectResponse(address, status_code=303)
        if toast is not None:
            visit.web.flash.keep(back, toast)
        return _remembering(visit, back)
    view = await elicitation(visit.service, who, await visit.own(), "", said.open)
    frame = await shell(visit.service, visit.viewer_id, visit.web.identity.demo)
    part = visit.fragment("elicitation_answer.html", elicitation=view, toast=toast, shell=frame)
    _note(visit, part, view)
    return _remembering(visit, part)


def _note(visit: Visit, page: Response, view: Elicitation) -> None:
    if view.list is not None:
        note_shown(visit, page, [("Top picks for you", view.list.cards)])


def _remembering(visit: Visit, answer: Response) -> Response:
    """The answer, which lets the visitor be whom the visit is by."""
    if visit.who is not None and visit.who != visit.web.identity.who(visit.request):
        visit.web.identity.remember(answer, visit.who, secure=visit.secure)
    return answer


async def _form(visit: Visit) -> FormData:
    """A form whose fields depend on the release; ForbiddenError unless this site gave it out."""
    form = await visit.request.form(max_files=0, max_fields=FIELDS)
    token = form.get("token", "")
    if not isinstance(token, str):
        raise ForbiddenError(
            "This form is out of date or came from another site. Go back, reload the page and "
            "try again. Cookies must be allowed."
        )
    visit.web.tokens.check(visit.request, token)
    return form
