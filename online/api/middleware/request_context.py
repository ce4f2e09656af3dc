"""What is true of every request: it has an id, it is counted and timed."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SANE = re.compile(r"[A-Za-z0-9._:-]{1,128}")

ObserveRequest = Callable[[str, str, int, float], None]
"""Route, method, status and seconds."""


class RequestMiddleware:
    """Gives requests an id (the client's own, if it is a sane one) and reports them when done."""

    def __init__(self, app: ASGIApp, observe: ObserveRequest) -> None:
        self._app = app
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        status, start = 500, perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                named = [pair for pair in message["headers"] if pair[0] != b"x-request-id"]
                message["headers"] = [*named, (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            route = getattr(scope.get("route"), "path", "unmatched")
            self._observe(route, scope["method"], status, perf_counter() - start)


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            given: str = value.decode("latin-1")
            if _SANE.fullmatch(given):
                return given
    return secrets.token_hex(16)
