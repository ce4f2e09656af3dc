"""Answers that depend on nothing but the release, made once and then sent as they are."""

from __future__ import annotations

from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATHS = frozenset({"/getmovie", "/getsimilarmovie", "/getrecommendation"})
PREFIXES = ("/api/v1/charts/",)
MAX_BYTES = 64 * 2**20  # of all answers together; then it starts anew

Answer = tuple[list[Message], Any]
"""What was sent, and the route that sent it."""


class ReleaseResponseCache:
    """Remembers whole answers to GET of PATHS, by path and query, for as long as a release serves.

    Only good answers are kept: whoever asks wrongly is told so by the handler, each time.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._service: object = None
        self._answers: dict[tuple[str, bytes], Answer] = {}
        self._bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if not _is_of_the_release(scope):
            await self._app(scope, receive, send)
            return
        key = (scope["path"], scope["query_string"])
        if self._service is not scope["app"].state.service:  # another release
            self._clear(scope["app"].state.service)
        known = self._answers.get(key)
        if known is None:
            known = await self._render(scope, receive, send)
            self._keep(key, known)
            return
        scope["route"] = known[1]
        for message in known[0]:
            await send({**message})

    async def _render(self, scope: Scope, receive: Receive, send: Send) -> Answer:
        sent: list[Message] = []

        async def recording(message: Message) -> None:
            sent.append({**message})
            await send(message)

        service = self._service
        await self._app(scope, receive, recording)
        whole = sent and sent[0].get("status") == 200 and service is scope["app"].state.service
        return (sent if whole else []), scope.get("route")

    def _keep(self, key: tuple[str, bytes], answer: Answer) -> None:
        if not answer[0]:
            return
        size = len(key[1]) + sum(len(message.get("body", b"")) for message in answer[0])
        if self._bytes + size > MAX_BYTES:
            self._clear(self._service)
        self._answers[key] = answer
        self._bytes += size

    def _clear(self, service: object) -> None:
        self._service, self._answers, self._bytes = service, {}, 0


def _is_of_the_release(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    path: str = scope["path"]
    return path in PATHS or path.startswith(PREFIXES)
