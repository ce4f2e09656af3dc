"""Page routes: typed parameters → one view → one template."""

from fastapi import APIRouter

from webui.pages import admin
from webui.pages.lists import browse, charts, home, refresh, watchlist
from webui.pages.movies import actions, movie
from webui.pages.site import api_reference, files
from webui.pages.users import preferences, user, welcome


def router() -> APIRouter:
    """Every page of the site; pages are no part of the API's description."""
    every = APIRouter(include_in_schema=False)
    parts = (home, movie, user, browse, charts, refresh, actions, watchlist, welcome)
    for part in (*parts, files, preferences, api_reference, admin):
        every.include_router(part.router())
    return every
