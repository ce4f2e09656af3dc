"""JSON answers, and the types that parameters of all routes share."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import Depends, Path, Query, Request, Response

from online.engine.service import Service

MAX_ID = 2**63 - 1
MAX_LIMIT = 1000
LATEST = 253_402_300_799  # the last second of the year 9999

# Dependencies are coroutines though they wait for nothing: FastAPI runs plain functions in a
# thread, and that costs a request more than most of its own work.

PathId = Annotated[int, Path(ge=0, le=MAX_ID)]
QueryId = Annotated[int, Query(ge=0, le=MAX_ID)]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]
Offset = Annotated[int, Query(ge=0, le=MAX_ID)]


async def current_service(request: Request) -> Service:
    """The engine of the release that serves now; it stays the same for the whole request."""
    service: Service = request.app.state.service
    return service


async def request_id(request: Request) -> str:
    """What the answer's X-Request-ID will be."""
    given: str = request.state.request_id
    return given


RequestId = Annotated[str, Depends(request_id)]
CurrentService = Annotated[Service, Depends(current_service)]


def json_response(
    content: Any, status: int = 200, media_type: str = "application/json"
) -> Response:
    """Content (also dataclasses) as JSON; NaN becomes null."""
    return Response(orjson.dumps(content), status, media_type=media_type)


def json_array(documents: list[bytes]) -> Response:
    """An array of documents that are JSON already."""
    return Response(b"[" + b",".join(documents) + b"]", media_type="application/json")
