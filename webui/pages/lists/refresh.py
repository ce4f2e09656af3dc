"""Show me others: a form of pages with a personal list, which then begins with other films."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, BeforeValidator, Field
from starlette.responses import RedirectResponse

from sparrow.errors import NotFoundError
from webui.pages.shared.parameters import blank_to_none
from webui.pages.shared.same_site import require_same_site
from webui.rendering.page_request import PageRequestDep
from webui.session.navigation import safe_redirect
from webui.views.lists.list_controls import ListControls
from webui.views.lists.refresh_form import MAX_SHOWN, RefreshForm

Word = Annotated[str | None, BeforeValidator(blank_to_none), Field(max_length=200)]


class RefreshInput(BaseModel):
    """The list, and where to go back to."""

    shown: int = Field(ge=1, le=MAX_SHOWN)
    genre: Word = None
    model: Word = None
    popularity: float = Field(0.0, ge=-1, le=1, allow_inf_nan=False)
    diversity: float = Field(0.0, ge=0, le=1, allow_inf_nan=False)
    freshness: float = Field(0.0, ge=0, le=1, allow_inf_nan=False)
    back: str = Field("/", max_length=4000)

    def refresh_form(self) -> RefreshForm:
        """What is asked for."""
        list_controls = ListControls(self.popularity, self.diversity, self.freshness)
        return RefreshForm(self.shown, self.genre, self.model, list_controls)


def router() -> APIRouter:
    """Route of the form."""
    routes = APIRouter()
    routes.post("/lists/refresh")(others)
    return routes


async def others(
    request: Request, page_request: PageRequestDep, form: Annotated[RefreshInput, Form()]
) -> RedirectResponse:
    """Make the list anew, below what was shown of it, and go back to it."""
    require_same_site(request)
    if page_request.user_id is None:
        raise NotFoundError("You need to pick your tastes first.")
    await page_request.service.recommend(form.refresh_form().query(page_request.user_id))
    return RedirectResponse(safe_redirect(form.back), status_code=303)
