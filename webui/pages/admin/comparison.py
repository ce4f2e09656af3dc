"""Two variants side by side for one viewer."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from webui.pages.admin.admin_request import Administrating
from webui.pages.shared.parameters import LARGEST, Blank
from webui.views.admin.comparison_view import comparing

UserId = Annotated[int | None, Query(ge=0, le=LARGEST), Blank]
Contender = Annotated[str | None, Query(max_length=200), Blank]


def router() -> APIRouter:
    """Route of the comparison."""
    routes = APIRouter(prefix="/admin")
    routes.get("/compare")(compare)
    return routes


async def compare(
    administrator: Administrating,
    user_id: UserId = None,
    a: Contender = None,
    b: Contender = None,
) -> Response:
    """The form, and both lists once it says what is wanted."""
    view = await comparing(administrator.office, user_id, a, b)
    return await administrator.page("compare.html", comparing=view)
