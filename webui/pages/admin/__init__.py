"""The admin's pages: off unless the settings have a token."""

from fastapi import APIRouter

from webui.pages.admin import comparison, dashboards, experiments, releases, sign_in


def router() -> APIRouter:
    """Every page of the admin."""
    routes = APIRouter()
    for part in (sign_in, dashboards, experiments, comparison, releases):
        routes.include_router(part.router())
    return routes
