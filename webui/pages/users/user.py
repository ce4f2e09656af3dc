"""A user's page, and browsing as a user."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response
from starlette.responses import RedirectResponse

from webui.pages.shared.parameters import MAX_ID, Blank, Id, PageNumber
from webui.pages.shared.same_site import require_same_site
from webui.rendering.impression_logging import log_impressions
from webui.rendering.page_request import PageRequestDep
from webui.session.user_session import SessionUser
from webui.views.users.profile_view import HistoryQuery, HistorySort, history_csv, profile

Genre = Annotated[str | None, Blank]


def router() -> APIRouter:
    """Routes of users."""
    routes = APIRouter()
    routes.get("/user/{user_id}")(user)
    routes.get("/user/{user_id}/ratings.csv")(ratings)
    routes.post("/session/browse-as")(browse_as)
    routes.post("/session/leave")(leave)
    return routes


async def user(
    page_request: PageRequestDep,
    user_id: Id,
    page: PageNumber = 1,
    sort: HistorySort = "newest",
    genre: Genre = None,
) -> Response:
    """Profile, recommended films and history."""
    query, mine = HistoryQuery(sort, genre, page), page_request.user_id == user_id
    view = await profile(
        page_request.service, user_id, query, await page_request.user_marks(), mine
    )
    shown = await page_request.page("user.html", profile=view)
    if mine:
        log_impressions(page_request, shown, [(view.recommended.title, view.recommended.cards)])
    return shown


async def ratings(page_request: PageRequestDep, user_id: Id) -> Response:
    """The whole history as a file."""
    headers = {"Content-Disposition": f'attachment; filename="ratings-{user_id}.csv"'}
    content = await history_csv(page_request.service, user_id)
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


async def browse_as(
    page_request: PageRequestDep, user_id: Annotated[int, Form(ge=0, le=MAX_ID)]
) -> RedirectResponse:
    """Become a user of the data set, and go home."""
    require_same_site(page_request.request)
    await page_request.service.user(user_id)
    response = RedirectResponse("/", status_code=303)
    page_request.web.user_session.remember(
        response, SessionUser(user_id, is_self=False), secure=page_request.secure
    )
    return response


async def leave(page_request: PageRequestDep) -> RedirectResponse:
    """Become nobody again, and go home."""
    require_same_site(page_request.request)
    response = RedirectResponse("/", status_code=303)
    page_request.web.user_session.forget(response)
    return response
