"""Bodies of requests: bounded, and strictly JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import orjson
from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 1_000_000
_DRAINED_BYTES = 64_000_000
_DRAIN_SECONDS = 5.0


class BodyLimit:
    """Refuses bodies of more than `MAX_BODY_BYTES` with 413, an announced one before it comes.

    The rest of such a body is read and thrown away, up to a bound: who is still sending would not
    hear the answer.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif _announced(scope) > MAX_BODY_BYTES:
            await self._app(scope, _refused, _before_the_rest(receive, send))
        else:
            await self._app(scope, _bounded(receive), send)


def _announced(scope: Scope) -> int:
    """What `Content-Length` says; 0 where it says nothing, as for a body in chunks."""
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isdecimal() else 0


async def _refused() -> Message:
    raise HTTPException(413, f"Expected a body of at most {MAX_BODY_BYTES:,} bytes.")


def _bounded(receive: Receive) -> Receive:
    read = 0

    async def bounded() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read <= MAX_BODY_BYTES:
            return message
        if message.get("more_body"):
            await _drain(receive)
        return await _refused()

    return bounded


def _before_the_rest(receive: Receive, send: Send) -> Send:
    """Sends a whole answer at once, and ends it only when the request's body was thrown away."""

    async def sending(message: Message) -> None:
        last = message["type"] == "http.response.body" and not message.get("more_body")
        await send({**message, "more_body": True} if last else message)
        if last:
            with suppress(TimeoutError):
                async with asyncio.timeout(_DRAIN_SECONDS):
                    await _drain(receive)
            await send({"type": "http.response.body", "body": b""})

    return sending


async def _drain(receive: Receive) -> None:
    read, more = 0, True
    while more and read <= _DRAINED_BYTES:
        message = await receive()
        read += len(message.get("body", b""))
        more = message.get("more_body", False)


class StrictRequest(Request):
    """A request whose JSON has neither NaN nor malformed UTF-8, and each key of an object once."""

    async def json(self) -> Any:
        """Raises json.JSONDecodeError, which becomes a 422."""
        body = await self.body()
        read = orjson.loads(body)
        try:
            json.loads(body, object_pairs_hook=_reject_duplicate_keys)
        except RecursionError as error:
            raise json.JSONDecodeError("Expected fewer arrays in arrays", "", 0) from error
        return read


def _reject_duplicate_keys(pairs: list[tuple[str, Any]]) -> None:
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
