"""Choosing theme and language."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse

from webui.pages.shared.same_site import require_same_site
from webui.rendering.page_request import PageRequestDep
from webui.session.display_preferences import Language, Theme, remember
from webui.session.navigation import safe_redirect


def router() -> APIRouter:
    """Route of preferences."""
    routes = APIRouter()
    routes.post("/preferences")(choose)
    return routes


async def choose(
    page_request: PageRequestDep,
    theme: Annotated[Theme | None, Form()] = None,
    language: Annotated[Language | None, Form()] = None,
    back: Annotated[str, Form(max_length=4000)] = "/",
) -> RedirectResponse:
    """Keep the choice, and go back to the page it was made on."""
    require_same_site(page_request.request)
    response = RedirectResponse(safe_redirect(back), status_code=303)
    remember(response, theme, language)
    return response
