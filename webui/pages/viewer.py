"""A viewer's page, and browsing as a viewer."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from starlette.responses import RedirectResponse

from sparrow.errors import InvalidRequestError
from webui.context import Visiting
from webui.pages.parameters import LARGEST, Id, PageNumber
from webui.views.profile import profile


def router() -> APIRouter:
    """Routes of viewers."""
    routes = APIRouter()
    routes.get("/user/{user_id}")(user)
    routes.post("/viewer")(browse_as)
    routes.post("/viewer/leave")(leave)
    return routes


async def user(visit: Visiting, user_id: Id, page: PageNumber = 1) -> Response:
    """Profile, recommended films and history."""
    return await visit.page("viewer.html", profile=await profile(visit.service, user_id, page))


async def browse_as(
    visit: Visiting, user_id: Annotated[int, Form(ge=0, le=LARGEST)]
) -> RedirectResponse:
    """Become a viewer of the data set, and go home."""
    _own_form(visit.request)
    await visit.service.viewer(user_id)
    response = RedirectResponse("/", status_code=303)
    visit.web.identity.remember(response, user_id, secure=visit.request.url.scheme == "https")
    return response


async def leave(visit: Visiting) -> RedirectResponse:
    """Become nobody again, and go home."""
    _own_form(visit.request)
    response = RedirectResponse("/", status_code=303)
    visit.web.identity.forget(response)
    return response


def _own_form(request: Request) -> None:
    """Refuse a form that another site sent; every current browser says where one comes from."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise InvalidRequestError("form", "This form was sent by another site: use the one here.")
