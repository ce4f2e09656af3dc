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
from webui.session.admin_session import AdminSession
from webui.session.csrf import CsrfTokens
from webui.session.display_preferences import LANGUAGES, preferences
from webui.session.flash import Flash
from webui.session.navigation import current_address
from webui.session.user_session import SessionUser, UserSession
from webui.tmdb import Tmdb
from webui.views.shared.page_frame import PageFrame, page_frame
from webui.views.shared.user_marks import UserMarks, load_user_marks

log = logging.getLogger(__name__)

_VARY = "Cookie, Accept, Accept-Language"


@dataclass(frozen=True)
class AppContext:
    """The parts that pages are made with."""

    assets: Assets
    user_session: UserSession
    csrf: CsrfTokens
    flash: Flash
    templates: Mapping[str, Environment]  # by language
    faces: Faces
    tmdb: Tmdb | None  # None: posters are drawn

    @classmethod
    def of(cls, settings: Settings) -> AppContext:
        """The parts, with the package's own templates and static files."""
        assets, tmdb = Assets(), Tmdb.of(settings)
        real = tmdb is not None
        return cls(
            assets,
            UserSession(settings),
            CsrfTokens(settings),
            Flash(settings),
            {each: environment(assets, each, real_posters=real) for each in LANGUAGES},
            Faces.load(),
            tmdb,
        )


@dataclass(frozen=True)
class PageRequest:
    """One request for a page: who asks, whom to ask, and how to answer."""

    request: Request
    web: AppContext
    service: Service
    session_user: SessionUser | None

    @property
    def user_id(self) -> int | None:
        """The user that the visitor is or browses as."""
        return None if self.session_user is None else self.session_user.user_id

    async def user_marks(self) -> UserMarks:
        """What the user said of films; nothing for nobody, and while it cannot be had."""
        try:
            return await load_user_marks(self.service, self.user_id)
        except DependencyError as error:
            log.warning("the page goes without own ratings", extra={"reason": str(error)})
            return UserMarks()

    async def page(self, template: str, status: int = 200, **view: Any) -> HTMLResponse:
        """A page from its template and view model."""
        frame = await page_frame(self.service, self.user_id, self.web.user_session.demo)
        return self.render(template, frame, status, **view)

    def render(
        self, template: str, frame: PageFrame, status: int = 200, **view: Any
    ) -> HTMLResponse:
        """A page within a frame that is known already."""
        url, liked, flash = self.request.url, preferences(self.request), self.web.flash
        page = self.fragment(
            template,
            status,
            shell=replace(frame, theme=liked.theme, administrator=self._is_admin),
            here=url.path,
            toast=flash.kept(self.request),
            **view,
        )
        flash.forget(self.request, page)
        return page

    def fragment(self, template: str, status: int = 200, **view: Any) -> HTMLResponse:
        """A template without a frame around it; its forms get the browser's token."""
        env = self.web.templates[preferences(self.request).language]
        tokens, known = self.web.csrf, self.web.csrf.session_cookie(self.request)
        browser = known or tokens.new_session_cookie()
        html = env.get_template(template).render(
            **view, token=tokens.token(browser), address=current_address(self.request)
        )
        headers = {"Cache-Control": "private, no-cache", "Vary": _VARY}
        page = HTMLResponse(html, status, headers)
        if known is None:
            tokens.remember(page, browser, secure=self.secure)
        return page

    @property
    def _is_admin(self) -> bool:
        """Whether the visitor is the administrator; nobody is where there is none."""
        return cast(AdminSession, self.request.app.state.admin_session).is_signed_in(self.request)

    @property
    def secure(self) -> bool:
        """Whether the page came by HTTPS, as its cookies then must."""
        return self.request.url.scheme == "https"


def page_request(request: Request) -> PageRequest:
    """The page_request that a request is."""
    web = cast(AppContext, request.app.state.web)
    service = cast(Service, request.app.state.service).with_request_cache()
    return PageRequest(request, web, service, web.user_session.current_user(request))


async def _page_request(request: Request) -> PageRequest:
    """`page_request` as a coroutine: FastAPI runs plain functions in a thread."""
    return page_request(request)


PageRequestDep = Annotated[PageRequest, Depends(_page_request)]
"""Type of a handler's parameter that holds the page_request."""
