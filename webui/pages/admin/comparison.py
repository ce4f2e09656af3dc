"""Two variants side by side for one user."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from webui.pages.admin.admin_request import AdminRequestDep
from webui.pages.shared.parameters import MAX_ID, Blank
from webui.views.admin.comparison_view import comparison_view

UserId = Annotated[int | None, Query(ge=0, le=MAX_ID), Blank]
ComparableName = Annotated[str | None, Query(max_length=200), Blank]


def router() -> APIRouter:
    """Route of the comparison."""
    routes = APIRouter(prefix="/admin")
    routes.get("/compare")(compare)
    return routes


async def compare(
    admin: AdminRequestDep,
    user_id: UserId = None,
    a: ComparableName = None,
    b: ComparableName = None,
) -> Response:
    """The form, and both lists once it says what is wanted."""
    view = await comparison_view(admin.office, user_id, a, b)
    return await admin.page("compare.html", comparison_view=view)
