"""Choosing theme and language."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse

from webui.address import within
from webui.context import Visiting
from webui.pages.form import own_form
from webui.preferences import Language, Theme, remember


def router() -> APIRouter:
    """Route of preferences."""
    routes = APIRouter()
    routes.post("/preferences")(choose)
    return routes


async def choose(
    visit: Visiting,
    theme: Annotated[Theme | None, Form()] = None,
    language: Annotated[Language | None, Form()] = None,
    back: Annotated[str, Form(max_length=4000)] = "/",
) -> RedirectResponse:
    """Keep the choice, and go back to the page it was made on."""
    own_form(visit.request)
    response = RedirectResponse(within(back), status_code=303)
    remember(response, theme, language)
    return response
