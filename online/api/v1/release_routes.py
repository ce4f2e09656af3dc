"""ReleaseFollower below /api/v1/releases, for administrators."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Request, Response

from online.api.auth.dependencies import require_admin
from online.api.problems import ADMIN_PROBLEMS
from online.api.responses import json_response
from online.serving.release_admin import ReleaseAdmin, ReleaseChange, ReleaseList

router = APIRouter(
    prefix="/api/v1/releases",
    tags=["administration"],
    responses=ADMIN_PROBLEMS,
    dependencies=[Depends(require_admin)],
)


async def current_admin(request: Request) -> ReleaseAdmin:
    """Where releases are administered."""
    return cast(ReleaseAdmin, request.app.state.release_admin)


CurrentAdmin = Annotated[ReleaseAdmin, Depends(current_admin)]


# plain functions: they run in threads, since the pointer is moved by a client that blocks
@router.get("", response_model=ReleaseList)
def releases(release_admin: CurrentAdmin) -> Response:
    """What there is, what serves, and what served before."""
    return json_response(release_admin.all())


@router.post("/{release}/activate", response_model=ReleaseChange)
def activate(release_admin: CurrentAdmin, release: Annotated[str, Path(max_length=64)]) -> Response:
    """Lets a release serve; servers load it first and drop no request."""
    return json_response(release_admin.activate(release))


@router.post("/rollback", response_model=ReleaseChange)
def rollback(release_admin: CurrentAdmin) -> Response:
    """Lets the release that served before serve again."""
    return json_response(release_admin.rollback())
