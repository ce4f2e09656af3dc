"""What every page shares, made once by `create_app` and found on the application."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, cast

from fastapi import Depends, Request
from jinja2 import Environment
from starlette.responses import HTMLResponse

from online.service import Service
from sparrow.errors import DependencyError
from webui.assets import Assets
from webui.identity import Identity
from webui.posters import Faces
from webui.preferences import LANGUAGES, preferences
from webui.templating import environment
from webui.views.shell import Shell, shell

log = logging.getLogger(__name__)

_VARY = "Cookie, Accept, Accept-Language"


@dataclass(frozen=True)
class Web:
    """The parts that pages are made with."""

    assets: Assets
    identity: Identity
    templates: Mapping[str, Environment]  # by language
    faces: Faces

    @classmethod
    def of(cls, identity: Identity) -> Web:
        """The parts, with the package's own templates and static files."""
        assets = Assets()
        return cls(
            assets,
            identity,
            {language: environment(assets, language) for language in LANGUAGES},
            Faces.load(),
        )


@dataclass(frozen=True)
class Visit:
    """One request for a page: who asks, whom to ask, and how to answer."""

    request: Request
    web: Web
    service: Service
    viewer_id: int | None

    async def seen(self) -> dict[int, float]:
        """The viewer's ratings by film; empty for nobody, and while they cannot be had."""
        if self.viewer_id is None:
            return {}
        try:
            return await self.service.seen(self.viewer_id)
        except DependencyError as error:
            log.warning("the page goes without own ratings", extra={"reason": str(error)})
            return {}

    async def page(self, template: str, status: int = 200, **view: Any) -> HTMLResponse:
        """A page from its template and view model."""
        frame = await shell(self.service, self.viewer_id, self.web.identity.demo)
        return self.render(template, frame, status, **view)

    def render(self, template: str, frame: Shell, status: int = 200, **view: Any) -> HTMLResponse:
        """A page within a frame that is known already."""
        url, liked = self.request.url, preferences(self.request)
        address = url.path + (f"?{url.query}" if url.query else "")
        return self.fragment(
            template,
            status,
            shell=replace(frame, theme=liked.theme),
            here=url.path,
            address=address if self.request.method == "GET" else "/",
            **view,
        )

    def fragment(self, template: str, status: int = 200, **view: Any) -> HTMLResponse:
        """A template without a frame around it."""
        env = self.web.templates[preferences(self.request).language]
        html = env.get_template(template).render(**view)
        headers = {"Cache-Control": "private, no-cache", "Vary": _VARY}
        return HTMLResponse(html, status, headers)


def visit(request: Request) -> Visit:
    """The visit that a request is."""
    web = cast(Web, request.app.state.web)
    service = cast(Service, request.app.state.service).for_one_visit()
    return Visit(request, web, service, web.identity.viewer_id(request))


Visiting = Annotated[Visit, Depends(visit)]
"""Type of a handler's parameter that holds the visit."""
