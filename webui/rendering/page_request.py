"""What every page shares, made once by `create_app` and found on the application."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, cast

from fastapi import Depends, Request
from jinja2 import Environment
from starlette.responses import HTMLResponse

from online.engine.service import Service
from sparrow.errors import DependencyError
from sparrow.settings import Settings
from webui.posters import Faces
from webui.rendering.assets import Assets
from webui.rendering.environment import environment
from webui.session.admin_session import Admission
from webui.session.csrf import Tokens
from webui.session.display_preferences import LANGUAGES, preferences
from webui.session.flash import Flash
from webui.session.navigation import address
from webui.session.user_session import Identity, Who
from webui.tmdb import Tmdb
from webui.views.shared.page_frame import Shell, shell
from webui.views.shared.user_marks import Own, own

log = logging.getLogger(__name__)

_VARY = "Cookie, Accept, Accept-Language"


@dataclass(frozen=True)
class Web:
    """The parts that pages are made with."""

    assets: Assets
    identity: Identity
    tokens: Tokens
    flash: Flash
    templates: Mapping[str, Environment]  # by language
    faces: Faces
    tmdb: Tmdb | None  # None: posters are drawn

    @classmethod
    def of(cls, settings: Settings) -> Web:
        """The parts, with the package's own templates and static files."""
        assets, tmdb = Assets(), Tmdb.of(settings)
        real = tmdb is not None
        return cls(
            assets,
            Identity(settings),
            Tokens(settings),
            Flash(settings),
            {each: environment(assets, each, real_posters=real) for each in LANGUAGES},
            Faces.load(),
            tmdb,
        )


@dataclass(frozen=True)
class Visit:
    """One request for a page: who asks, whom to ask, and how to answer."""

    request: Request
    web: Web
    service: Service
    who: Who | None

    @property
    def viewer_id(self) -> int | None:
        """The viewer that the visitor is or browses as."""
        return None if self.who is None else self.who.user_id

    async def own(self) -> Own:
        """What the viewer said of films; nothing for nobody, and while it cannot be had."""
        try:
            return await own(self.service, self.viewer_id)
        except DependencyError as error:
            log.warning("the page goes without own ratings", extra={"reason": str(error)})
            return Own()

    async def page(self, template: str, status: int = 200, **view: Any) -> HTMLResponse:
        """A page from its template and view model."""
        frame = await shell(self.service, self.viewer_id, self.web.identity.demo)
        return self.render(template, frame, status, **view)

    def render(self, template: str, frame: Shell, status: int = 200, **view: Any) -> HTMLResponse:
        """A page within a frame that is known already."""
        url, liked, flash = self.request.url, preferences(self.request), self.web.flash
        page = self.fragment(
            template,
            status,
            shell=replace(frame, theme=liked.theme, administrator=self._admitted),
            here=url.path,
            toast=flash.kept(self.request),
            **view,
        )
        flash.forget(self.request, page)
        return page

    def fragment(self, template: str, status: int = 200, **view: Any) -> HTMLResponse:
        """A template without a frame around it; its forms get the browser's token."""
        env = self.web.templates[preferences(self.request).language]
        tokens, known = self.web.tokens, self.web.tokens.visit(self.request)
        browser = known or tokens.new_visit()
        html = env.get_template(template).render(
            **view, token=tokens.token(browser), address=address(self.request)
        )
        headers = {"Cache-Control": "private, no-cache", "Vary": _VARY}
        page = HTMLResponse(html, status, headers)
        if known is None:
            tokens.remember(page, browser, secure=self.secure)
        return page

    @property
    def _admitted(self) -> bool:
        """Whether the visitor is the administrator; nobody is where there is none."""
        return cast(Admission, self.request.app.state.admission).has(self.request)

    @property
    def secure(self) -> bool:
        """Whether the page came by HTTPS, as its cookies then must."""
        return self.request.url.scheme == "https"


def visit(request: Request) -> Visit:
    """The visit that a request is."""
    web = cast(Web, request.app.state.web)
    service = cast(Service, request.app.state.service).for_one_visit()
    return Visit(request, web, service, web.identity.who(request))


async def _visiting(request: Request) -> Visit:
    """`visit` as a coroutine: FastAPI runs plain functions in a thread."""
    return visit(request)


Visiting = Annotated[Visit, Depends(_visiting)]
"""Type of a handler's parameter that holds the visit."""
