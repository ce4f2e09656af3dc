"""Signing in with the administrator's token, and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from webui.pages.admin.admin_request import Administrating, Sent, admission
from webui.rendering.page_request import Visiting
from webui.session.navigation import within


class SignIn(Sent):
    """What the form of signing in carries."""

    admin_token: str = Field(default="", max_length=1000)
    back: str = Field(default="/admin", max_length=4000)


def router() -> APIRouter:
    """Routes of signing in and out."""
    routes = APIRouter(prefix="/admin")
    routes.get("/sign-in")(form)
    routes.post("/sign-in")(sign_in)
    routes.post("/sign-out")(sign_out)
    return routes


async def form(
    visit: Visiting, back: Annotated[str, Query(max_length=4000)] = "/admin"
) -> Response:
    """The form; no page at all where nobody can sign in."""
    admission(visit.request).require_configured()
    return await visit.page("admin/sign_in.html", back=within(back))


async def sign_in(visit: Visiting, form: Annotated[SignIn, Form()]) -> Response:
    """Let in whoever shows the token."""
    admitted = admission(visit.request)
    admitted.require_configured()
    visit.web.tokens.check(visit.request, form.token)
    admitted.show(form.admin_token, visit.request)
    response = RedirectResponse(within(form.back), status_code=303)
    admitted.remember(response, secure=visit.secure)
    return response


async def sign_out(administrator: Administrating, form: Annotated[Sent, Form()]) -> Response:
    """Let nobody in by this browser any more."""
    administrator.check(form)
    response = RedirectResponse("/", status_code=303)
    admission(administrator.visit.request).forget(response)
    return response
