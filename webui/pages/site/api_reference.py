"""The API's reference as a page, without anything from another site."""

from __future__ import annotations

from fastapi import APIRouter, Response

from webui.rendering.page_request import PageRequestDep
from webui.views.site.api_reference_view import reference


def router() -> APIRouter:
    """Route of the reference."""
    routes = APIRouter()
    routes.get("/docs")(docs)
    return routes


async def docs(page_request: PageRequestDep) -> Response:
    """Every operation with its parameters."""
    return await page_request.page(
        "reference.html", reference=reference(page_request.request.app.openapi())
    )
