"""Which release serves."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Path, Response
from starlette.responses import RedirectResponse

from webui.pages.admin.admin_request import AdminRequestDep, CsrfForm
from webui.views.admin.releases_view import releases


def router() -> APIRouter:
    """Routes of releases."""
    routes = APIRouter(prefix="/admin/releases")
    routes.get("")(kept)
    routes.post("/rollback")(rollback)
    routes.post("/{release}/activate")(activate)
    return routes


async def kept(admin: AdminRequestDep) -> Response:
    """All releases, and which one serves."""
    office = admin.office
    archive = releases(await office.releases(), await office.readiness())
    return await admin.page("releases.html", archive=archive)


async def activate(
    admin: AdminRequestDep,
    release: Annotated[str, Path(max_length=64)],
    form: Annotated[CsrfForm, Form()],
) -> Response:
    """Let a release serve."""
    admin.check(form)
    await admin.office.activate(release)
    return RedirectResponse("/admin/releases", status_code=303)


async def rollback(admin: AdminRequestDep, form: Annotated[CsrfForm, Form()]) -> Response:
    """Let the release before serve again."""
    admin.check(form)
    await admin.office.rollback()
    return RedirectResponse("/admin/releases", status_code=303)
