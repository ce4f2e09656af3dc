"""What handlers of the administrator's pages get: a visit that may be made, and the office."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, cast
from urllib.parse import quote

from fastapi import Depends, Request
from pydantic import BaseModel, Field
from starlette.responses import HTMLResponse, RedirectResponse, Response

from online.admin.types import Office
from webui.rendering.page_request import Visit, Visiting
from webui.session.admin_session import Admission
from webui.session.navigation import address

PAGES = {
    "/admin": "Monitoring",
    "/admin/statistics": "Statistics",
    "/admin/experiments": "Experiments",
    "/admin/compare": "Compare",
    "/admin/releases": "Releases",
    "/admin/quality": "Data quality",
}
"""The pages by their addresses, in the order of the menu."""


class Sent(BaseModel):
    """What every form carries."""

    token: str = Field(default="", max_length=100)


@dataclass(frozen=True)
class Administrator:
    """A visit by the administrator."""

    visit: Visit
    office: Office

    async def page(self, template: str, **view: Any) -> HTMLResponse:
        """A page with the menu of these pages; no cache keeps it."""
        page = await self.visit.page(f"admin/{template}", menu=PAGES, **view)
        page.headers["Cache-Control"] = "no-store"
        return page

    def check(self, form: Sent) -> None:
        """Raise ForbiddenError for a form that was not given to this browser."""
        self.visit.web.tokens.check(self.visit.request, form.token)


def admission(request: Request) -> Admission:
    """Who decides who comes in."""
    return cast(Admission, request.app.state.admission)


async def administrator(visit: Visiting) -> Administrator:
    """Raises NotFoundError where there is no administrator, SignedOutError for others."""
    admission(visit.request).require(visit.request)
    return Administrator(visit, cast(Office, visit.request.app.state.office))


Administrating = Annotated[Administrator, Depends(administrator)]
"""Type of a handler's parameter that holds the administrator."""


async def to_sign_in(request: Request, _: Exception) -> Response:
    """The way to the form, and from there back to the page that was asked for."""
    back = quote(address(request), safe="")
    return RedirectResponse(f"/admin/sign-in?back={back}", status_code=303)
