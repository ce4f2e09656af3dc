"""Releases below /api/v1/releases, for administrators."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Request, Response

from online.api.auth.dependencies import require_admin
from online.api.problems import ADMIN_PROBLEMS
from online.api.responses import json_response
from online.serving.release_admin import KeptReleases, ReleaseDesk, Switched

router = APIRouter(
    prefix="/api/v1/releases",
    tags=["administration"],
    responses=ADMIN_PROBLEMS,
    dependencies=[Depends(require_admin)],
)


async def current_desk(request: Request) -> ReleaseDesk:
    """Where releases are administered."""
    return cast(ReleaseDesk, request.app.state.release_desk)


CurrentDesk = Annotated[ReleaseDesk, Depends(current_desk)]


# plain functions: they run in threads, since the pointer is moved by a client that blocks
@router.get("", response_model=KeptReleases)
def releases(desk: CurrentDesk) -> Response:
    """What there is, what serves, and what served before."""
    return json_response(desk.all())


@router.post("/{release}/activate", response_model=Switched)
def activate(desk: CurrentDesk, release: Annotated[str, Path(max_length=64)]) -> Response:
    """Lets a release serve; servers load it first and drop no request."""
    return json_response(desk.activate(release))


@router.post("/rollback", response_model=Switched)
def rollback(desk: CurrentDesk) -> Response:
    """Lets the release that served before serve again."""
    return json_response(desk.rollback())
