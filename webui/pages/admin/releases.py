"""Which release serves."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Path, Response
from starlette.responses import RedirectResponse

from webui.pages.admin.admin_request import Administrating, Sent
from webui.views.admin.releases_view import releases


def router() -> APIRouter:
    """Routes of releases."""
    routes = APIRouter(prefix="/admin/releases")
    routes.get("")(kept)
    routes.post("/rollback")(rollback)
    routes.post("/{release}/activate")(activate)
    return routes


async def kept(administrator: Administrating) -> Response:
    """All releases, and which one serves."""
    office = administrator.office
    archive = releases(await office.releases(), await office.readiness())
    return await administrator.page("releases.html", archive=archive)


async def activate(
    administrator: Administrating,
    release: Annotated[str, Path(max_length=64)],
    form: Annotated[Sent, Form()],
) -> Response:
    """Let a release serve."""
    administrator.check(form)
    await administrator.office.activate(release)
    return RedirectResponse("/admin/releases", status_code=303)


async def rollback(administrator: Administrating, form: Annotated[Sent, Form()]) -> Response:
    """Let the release before serve again."""
    administrator.check(form)
    await administrator.office.rollback()
    return RedirectResponse("/admin/releases", status_code=303)
