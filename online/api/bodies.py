"""Bodies of requests: bounded, and strictly JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import Any

import orjson
from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 1_000_000
_DRAINED_BYTES = 64_000_000


class BodyLimit:
    """Refuses bodies of more than `MAX_BODY_BYTES` with 413.

    The rest of such a body is read and thrown away, up to a bound: who is still sending would not
    hear the answer.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        read = 0

        async def bounded() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read <= MAX_BODY_BYTES:
                return message
            while message.get("more_body") and read <= _DRAINED_BYTES:
                message = await receive()
                read += len(message.get("body", b""))
            raise HTTPException(413, f"Expected a body of at most {MAX_BODY_BYTES:,} bytes.")

        await self._app(scope, bounded if scope["type"] == "http" else receive, send)


class StrictRequest(Request):
    """A request whose JSON has neither NaN nor malformed UTF-8, and each key of an object once."""

    async def json(self) -> Any:
        """Raises json.JSONDecodeError, which becomes a 422."""
        body = await self.body()
        read = orjson.loads(body)
        try:
            json.loads(body, object_pairs_hook=_once)
        except RecursionError as error:
            raise json.JSONDecodeError("Expected fewer arrays in arrays", "", 0) from error
        return read


def _once(pairs: list[tuple[str, Any]]) -> None:
    """Raise for a key that comes twice: readers of JSON differ in which of them counts."""
    keys = [key for key, _ in pairs]
    if len(set(keys)) < len(keys):
        twice = next(key for place, key in enumerate(keys) if key in keys[:place])
        raise json.JSONDecodeError(f"The key {twice!r} comes twice", "", 0)


class StrictRoute(APIRoute):
    """A route that reads its body as `StrictRequest` does."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, given a strict request."""
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handler(StrictRequest(request.scope, request.receive))

        return strict
