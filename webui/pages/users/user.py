"""A viewer's page, and browsing as a viewer."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response
from starlette.responses import RedirectResponse

from webui.pages.shared.parameters import LARGEST, Blank, Id, PageNumber
from webui.pages.shared.same_site import own_form
from webui.rendering.impression_logging import note_shown
from webui.rendering.page_request import Visiting
from webui.session.user_session import Who
from webui.views.users.profile_view import HistorySort, HistoryWish, history_csv, profile

Genre = Annotated[str | None, Blank]


def router() -> APIRouter:
    """Routes of viewers."""
    routes = APIRouter()
    routes.get("/user/{user_id}")(user)
    routes.get("/user/{user_id}/ratings.csv")(ratings)
    routes.post("/viewer")(browse_as)
    routes.post("/viewer/leave")(leave)
    return routes


async def user(
    visit: Visiting,
    user_id: Id,
    page: PageNumber = 1,
    sort: HistorySort = "newest",
    genre: Genre = None,
) -> Response:
    """Profile, recommended films and history."""
    wish, mine = HistoryWish(sort, genre, page), visit.viewer_id == user_id
    view = await profile(visit.service, user_id, wish, await visit.own(), mine)
    shown = await visit.page("user.html", profile=view)
    if mine:
        note_shown(visit, shown, [(view.recommended.title, view.recommended.cards)])
    return shown


async def ratings(visit: Visiting, user_id: Id) -> Response:
    """The whole history as a file."""
    headers = {"Content-Disposition": f'attachment; filename="ratings-{user_id}.csv"'}
    content = await history_csv(visit.service, user_id)
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


async def browse_as(
    visit: Visiting, user_id: Annotated[int, Form(ge=0, le=LARGEST)]
) -> RedirectResponse:
    """Become a viewer of the data set, and go home."""
    own_form(visit.request)
    await visit.service.viewer(user_id)
    response = RedirectResponse("/", status_code=303)
    visit.web.identity.remember(response, Who(user_id, own=False), secure=visit.secure)
    return response


async def leave(visit: Visiting) -> RedirectResponse:
    """Become nobody again, and go home."""
    own_form(visit.request)
    response = RedirectResponse("/", status_code=303)
    visit.web.identity.forget(response)
    return response
