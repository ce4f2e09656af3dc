"""What handlers of the admin's pages get: a page_request that may be made, and the office."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, cast
from urllib.parse import quote

from fastapi import Depends, Request
from pydantic import BaseModel, Field
from starlette.responses import HTMLResponse, RedirectResponse, Response

from online.admin.admin_service import AdminService
from webui.rendering.page_request import PageRequest, PageRequestDep
from webui.session.admin_session import AdminSession
from webui.session.navigation import current_address

PAGES = {
    "/admin": "Monitoring",
    "/admin/statistics": "Statistics",
    "/admin/experiments": "Experiments",
    "/admin/compare": "Compare",
    "/admin/releases": "Releases",
    "/admin/quality": "Data quality",
}
"""The pages by their addresses, in the order of the menu."""


class CsrfForm(BaseModel):
    """What every form carries."""

    token: str = Field(default="", max_length=100)


@dataclass(frozen=True)
class AdminRequest:
    """A page_request by the admin."""

    page_request: PageRequest
    office: AdminService

    async def page(self, template: str, **view: Any) -> HTMLResponse:
        """A page with the menu of these pages; no cache keeps it."""
        page = await self.page_request.page(f"admin/{template}", menu=PAGES, **view)
        page.headers["Cache-Control"] = "no-store"
        return page

    def check(self, form: CsrfForm) -> None:
        """Raise ForbiddenError for a form that was not given to this browser."""
        self.page_request.web.csrf.check(self.page_request.request, form.token)


def admin_session(request: Request) -> AdminSession:
    """SessionUser decides who comes in."""
    return cast(AdminSession, request.app.state.admin_session)


async def admin(page_request: PageRequestDep) -> AdminRequest:
    """Raises NotFoundError where there is no admin, NotSignedInError for others."""
    admin_session(page_request.request).require(page_request.request)
    return AdminRequest(page_request, cast(AdminService, page_request.request.app.state.office))


AdminRequestDep = Annotated[AdminRequest, Depends(admin)]
"""Type of a handler's parameter that holds the admin."""


async def to_sign_in(request: Request, _: Exception) -> Response:
    """The way to the form, and from there back to the page that was asked for."""
    back = quote(current_address(request), safe="")
    return RedirectResponse(f"/admin/sign-in?back={back}", status_code=303)
