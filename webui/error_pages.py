"""Error pages: the API's problem details in plain words, for those who ask for a page.

Handlers that the API has registered make the problem; a browser gets it as HTML, every other client
as it is. One place decides what an error means, and both say the same.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, cast

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from sparrow.errors import SparrowError
from webui.rendering.page_request import page_request
from webui.session.security_headers import HEADERS
from webui.views.shared.page_frame import PageFrame
from webui.views.site.problem_view import problem_view

Handler = Callable[[Request, Exception], Response | Awaitable[Response]]

_KEPT = ("x-request-id", "retry-after", "allow")


def add_error_pages(app: FastAPI) -> None:
    """Put a page in front of every exception handler of `app`."""
    for error, handler in list(app.exception_handlers.items()):
        app.add_exception_handler(error, _with_page(cast(Handler, handler)))


def _with_page(handler: Handler) -> Handler:
    async def answer(request: Request, error: Exception) -> Response:
        made: Any = handler(request, error)
        response: Response = await made if isinstance(made, Awaitable) else made
        return _page(request, response, error) if wants_page(request) else response

    return answer


def wants_page(request: Request) -> bool:
    """Whether a person is looking: browsers name HTML, API clients do not.

    The API answers everybody in its own way, a browser too.
    """
    if request.url.path.startswith("/api/"):
        return False
    return "text/html" in request.headers.get("accept", "")


def _page(request: Request, response: Response, error: Exception) -> Response:
    """The page for a problem; it asks nothing of an engine that may be what is broken."""
    here = page_request(request)
    details = json.loads(bytes(response.body))
    wait = int(response.headers.get("retry-after", 0))
    view = problem_view(details, show_detail=isinstance(error, SparrowError), wait=wait)
    frame = PageFrame(here.user_id, None, None, here.web.user_session.demo)
    page = here.render("problem.html", frame, response.status_code, problem=view)
    for name in _KEPT:
        if name in response.headers:
            page.headers[name] = response.headers[name]
    page.headers.update(HEADERS)  # an unexpected error is answered outside of all middleware
    return page
