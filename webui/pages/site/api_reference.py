"""The API's reference as a page, without anything from another site."""

from __future__ import annotations

from fastapi import APIRouter, Response

from webui.rendering.page_request import Visiting
from webui.views.site.api_reference_view import reference


def router() -> APIRouter:
    """Route of the reference."""
    routes = APIRouter()
    routes.get("/docs")(docs)
    return routes


async def docs(visit: Visiting) -> Response:
    """Every operation with its parameters."""
    return await visit.page("reference.html", reference=reference(visit.request.app.openapi()))
