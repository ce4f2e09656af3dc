"""Answers about users, sent again as they are while what they rest on is as it was."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from online.engine.service import Service
from online.types import Page, Query

MAX_BYTES = 32 * 2**20  # of all answers together

_PATHS = frozenset({"/getuser", "/getrecforyou"})
_START, _END = "/api/v1/users/", "/recommendations"

Revalidate = Callable[[str], Awaitable[bool]]
"""Whether a later request, by its id, gets the same answer; if so, it counts as answered."""


def cache_response(request: Request, still: Revalidate) -> None:
    """The answer to a request may be sent again, to those of whom `still` says so."""
    request.state.still = still


def cache_page_response(request: Request, service: Service, query: Query, page: Page) -> None:
    """The answer that has a page of a held list may be sent again while the list holds."""
    basis = page.basis  # the page itself is the service's to remember
    if basis is None or query.refresh:
        return

    async def still(request_id: str) -> bool:
        return await service.is_page_unchanged(query, basis, request_id)

    cache_response(request, still)


@dataclass(frozen=True)
class _CachedResponse:
    messages: list[Message]
    route: Any  # that sent it
    still: Revalidate

    @property
    def size(self) -> int:
        return sum(len(message.get("body", b"")) for message in self.messages)


class UserResponseCache:
    """Remembers whole answers to GET by path and query, those that were asked for last.

    A handler marks with `cache_response` which responses may be sent again. Each time, one round
    trip to Redis checks whether the user did anything since, so all processes agree.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._service: object = None
        self._answers: OrderedDict[tuple[str, bytes], _CachedResponse] = OrderedDict()
        self._bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if not _is_about_a_user(scope):
            await self._app(scope, receive, send)
            return
        if self._service is not scope["app"].state.service:  # another release
            self._service, self._answers, self._bytes = scope["app"].state.service, OrderedDict(), 0
        key = (scope["path"], scope["query_string"])
        known = self._answers.get(key)
        if known is None or not await known.still(scope["state"]["request_id"]):
            await self._render(key, scope, receive, send)
            return
        if key in self._answers:  # which may have been forgotten meanwhile
            self._answers.move_to_end(key)
        scope["route"] = known.route
        for message in known.messages:
            await send({**message})

    async def _render(
        self, key: tuple[str, bytes], scope: Scope, receive: Receive, send: Send
    ) -> None:
        sent: list[Message] = []

        async def recording(message: Message) -> None:
            sent.append({**message})
            await send(message)

        service = self._service
        await self._app(scope, receive, recording)
        self._clear(key)
        still = scope["state"].get("still")
        if still is not None and sent[0]["status"] == 200 and service is self._service:
            self._keep(key, _CachedResponse(sent, scope.get("route"), still))

    def _keep(self, key: tuple[str, bytes], answer: _CachedResponse) -> None:
        self._answers[key] = answer
        self._bytes += answer.size
        while self._bytes > MAX_BYTES:
            self._clear(next(iter(self._answers)))

    def _clear(self, key: tuple[str, bytes]) -> None:
        answer = self._answers.pop(key, None)
        if answer is not None:
            self._bytes -= answer.size


def _is_about_a_user(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    path: str = scope["path"]
    return path in _PATHS or (path.startswith(_START) and path.endswith(_END))
