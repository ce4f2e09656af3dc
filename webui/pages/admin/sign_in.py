"""Signing in with the admin's token, and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from webui.pages.admin.admin_request import AdminRequestDep, CsrfForm, admin_session
from webui.rendering.page_request import PageRequestDep
from webui.session.navigation import safe_redirect


class SignIn(CsrfForm):
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
    page_request: PageRequestDep, back: Annotated[str, Query(max_length=4000)] = "/admin"
) -> Response:
    """The form; no page at all where nobody can sign in."""
    admin_session(page_request.request).require_configured()
    return await page_request.page("admin/sign_in.html", back=safe_redirect(back))


async def sign_in(page_request: PageRequestDep, form: Annotated[SignIn, Form()]) -> Response:
    """Let in whoever shows the token."""
    session = admin_session(page_request.request)
    session.require_configured()
    page_request.web.csrf.check(page_request.request, form.token)
    session.check_token(form.admin_token, page_request.request)
    response = RedirectResponse(safe_redirect(form.back), status_code=303)
    session.remember(response, secure=page_request.secure)
    return response


async def sign_out(admin: AdminRequestDep, form: Annotated[CsrfForm, Form()]) -> Response:
    """Let nobody in by this browser any more."""
    admin.check(form)
    response = RedirectResponse("/", status_code=303)
    admin_session(admin.page_request.request).forget(response)
    return response
