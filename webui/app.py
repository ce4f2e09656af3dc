"""The whole site in one application: the API of `online`, and the pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import FastAPI

from sparrow.settings import Settings
from sparrow.system.json_log import configure_logging
from webui.error_pages import add_error_pages
from webui.pages import router
from webui.pages.admin.admin_request import to_sign_in
from webui.rendering.page_request import AppContext
from webui.session.admin_session import AdminSession, NotSignedInError
from webui.session.security_headers import SecurityHeaders
from webui.tmdb import Tmdb

Lifespan = Callable[[Any], AbstractAsyncContextManager[Any]]


def create_app(settings: Settings) -> FastAPI:
    """The composition root of a serving process; errors as `online.app.create_app` raises them."""
    from online import app as online

    return add_pages(online.create_app(settings), settings)


def create_app_from_environment() -> FastAPI:
    """What each worker process starts from."""
    settings = Settings()
    configure_logging(settings.log_level)
    return create_app(settings)


def add_pages(app: FastAPI, settings: Settings) -> FastAPI:
    """Put pages, static files and security headers around an app that has a `state.service`."""
    app.state.web = AppContext.of(settings)
    app.state.admin_session = AdminSession(settings)
    app.include_router(router())
    app.add_middleware(SecurityHeaders)
    add_error_pages(app)
    app.add_exception_handler(NotSignedInError, to_sign_in)
    if app.state.web.tmdb:
        app.router.lifespan_context = _closing(app.state.web.tmdb, app.router.lifespan_context)
    return app


def _closing(tmdb: Tmdb, inner: Lifespan) -> Lifespan:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Any]:
        async with tmdb, inner(app) as state:
            yield state

    return lifespan
