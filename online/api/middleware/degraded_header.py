"""Answers that rest on users as they were say so: `X-Sparrow-Degraded: true`."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from online.users import staleness

_HEADER = b"x-sparrow-degraded"


class DegradedHeader:
    """Marks answers for which a user was read late, or not at all, because Redis is away."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        late = staleness.track()

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start" and late:
                message["headers"] = [*message["headers"], (_HEADER, b"true")]
            await send(message)

        await self._app(scope, receive, marked)
