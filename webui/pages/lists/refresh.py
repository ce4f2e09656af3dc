"""Show me others: a form of pages with a personal list, which then begins with other films."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, BeforeValidator, Field
from starlette.responses import RedirectResponse

from sparrow.errors import NotFoundError
from webui.pages.shared.parameters import blank_to_none
from webui.pages.shared.same_site import own_form
from webui.rendering.page_request import Visiting
from webui.session.navigation import within
from webui.views.lists.list_controls import Tuning
from webui.views.lists.refresh_form import MOST_SHOWN, Others

Word = Annotated[str | None, BeforeValidator(blank_to_none), Field(max_length=200)]


class Wish(BaseModel):
    """The list, and where to go back to."""

    shown: int = Field(ge=1, le=MOST_SHOWN)
    genre: Word = None
    model: Word = None
    popularity: float = Field(0.0, ge=-1, le=1, allow_inf_nan=False)
    diversity: float = Field(0.0, ge=0, le=1, allow_inf_nan=False)
    freshness: float = Field(0.0, ge=0, le=1, allow_inf_nan=False)
    back: str = Field("/", max_length=4000)

    def others(self) -> Others:
        """What is asked for."""
        tuning = Tuning(self.popularity, self.diversity, self.freshness)
        return Others(self.shown, self.genre, self.model, tuning)


def router() -> APIRouter:
    """Route of the form."""
    routes = APIRouter()
    routes.post("/others")(others)
    return routes


async def others(
    request: Request, visit: Visiting, wish: Annotated[Wish, Form()]
) -> RedirectResponse:
    """Make the list anew, below what was shown of it, and go back to it."""
    own_form(request)
    if visit.viewer_id is None:
        raise NotFoundError("You need to pick your tastes first.")
    await visit.service.recommend(wish.others().query(visit.viewer_id))
    return RedirectResponse(within(wish.back), status_code=303)
