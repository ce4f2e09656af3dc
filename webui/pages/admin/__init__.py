"""The administrator's pages: off unless the settings have a token."""

from fastapi import APIRouter

from webui.pages.admin import compare, experiments, figures, releases, session


def router() -> APIRouter:
    """Every page of the administrator."""
    routes = APIRouter()
    for part in (session, figures, experiments, compare, releases):
        routes.include_router(part.router())
    return routes
