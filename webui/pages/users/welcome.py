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
from webui.formatting.urls import url_query
from webui.pages.shared.parameters import MAX_ID
from webui.rendering.impression_logging import log_impressions
from webui.rendering.page_request import PageRequest, PageRequestDep
from webui.views.onboarding.elicitation_view import (
    AT_ONCE,
    Elicitation,
    elicitation,
    parse_reply,
    take,
)
from webui.views.onboarding.taste_points_view import points_in, refused, share_points, welcome
from webui.views.shared.page_frame import page_frame

FIELDS = 24
MOVIES_URL = "/welcome/movies"
MovieIds = Annotated[tuple[Annotated[int, Query(ge=0, le=MAX_ID)], ...], Query(max_length=AT_ONCE)]


def router() -> APIRouter:
    """Routes of the first minutes."""
    routes = APIRouter()
    routes.get("/welcome")(tastes)
    routes.post("/welcome")(share)
    routes.get(MOVIES_URL)(elicitation_page)
    routes.post(MOVIES_URL)(answer)
    return routes


async def tastes(page_request: PageRequestDep) -> Response:
    """Tastes to share points among, as far as they are shared already."""
    view = await welcome(page_request.service, page_request.session_user)
    return await page_request.page("welcome.html", welcome=view)


async def share(page_request: PageRequestDep) -> Response:
    """Take the points; whoever is nobody becomes a new user by them.

    None or too many are sent above the form, which keeps the points.
    """
    points = points_in(await _form(page_request))
    if not 1 <= sum(points.values()) <= TASTE_POINTS:
        view = refused(page_request.service, points)
        return await page_request.page("welcome.html", 422, welcome=view)
    who = await share_points(page_request.service, page_request.session_user, points)
    return _remembering(
        replace(page_request, session_user=who), RedirectResponse(MOVIES_URL, status_code=303)
    )


async def elicitation_page(
    page_request: PageRequestDep, q: Annotated[str, Query(max_length=200)] = "", keep: MovieIds = ()
) -> Response:
    """MovieIds to search for and love, films to rate, and what follows from them.

    `keep` are films that stay offered.
    """
    view = await elicitation(
        page_request.service,
        page_request.session_user,
        await page_request.user_marks(),
        q.strip(),
        keep,
    )
    page = await page_request.page("elicitation.html", elicitation=view)
    _note(page_request, page, view)
    return page


async def answer(page_request: PageRequestDep) -> Response:
    """Take what was loved, rated or skipped; the answer offers the next films."""
    sent = parse_reply([(n, str(value)) for n, value in (await _form(page_request)).multi_items()])
    who, toast = await take(page_request.service, page_request.session_user, sent, int(time.time()))
    page_request = replace(page_request, session_user=who)
    if "hx-request" not in page_request.request.headers:
        address = MOVIES_URL + url_query({"keep": list(sent.open) or None})
        back = RedirectResponse(address, status_code=303)
        if toast is not None:
            page_request.web.flash.keep(back, toast)
        return _remembering(page_request, back)
    view = await elicitation(
        page_request.service, who, await page_request.user_marks(), "", sent.open
    )
    frame = await page_frame(
        page_request.service, page_request.user_id, page_request.web.user_session.demo
    )
    part = page_request.fragment(
        "elicitation_answer.html", elicitation=view, toast=toast, shell=frame
    )
    _note(page_request, part, view)
    return _remembering(page_request, part)


def _note(page_request: PageRequest, page: Response, view: Elicitation) -> None:
    if view.list is not None:
        log_impressions(page_request, page, [("Top picks for you", view.list.cards)])


def _remembering(page_request: PageRequest, answer: Response) -> Response:
    """The answer, which lets the visitor be whom the page_request is by."""
    if (
        page_request.session_user is not None
        and page_request.session_user
        != page_request.web.user_session.current_user(page_request.request)
    ):
        page_request.web.user_session.remember(
            answer, page_request.session_user, secure=page_request.secure
        )
    return answer


async def _form(page_request: PageRequest) -> FormData:
    """A form whose fields depend on the release; ForbiddenError unless this site gave it out."""
    form = await page_request.request.form(max_files=0, max_fields=FIELDS)
    token = form.get("token", "")
    if not isinstance(token, str):
        raise ForbiddenError(
            "This form is out of date or came from another site. Go back, reload the page and "
            "try again. Cookies must be allowed."
        )
    page_request.web.csrf.check(page_request.request, token)
    return form
