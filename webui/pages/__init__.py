"""Page routes: typed parameters → one view → one template."""

from fastapi import APIRouter

from webui.pages import (
    actions,
    admin,
    browse,
    files,
    film,
    home,
    lists,
    others,
    preferences,
    reference,
    viewer,
    watchlist,
    welcome,
)


def router() -> APIRouter:
    """Every page of the site; pages are no part of the API's description."""
    every = APIRouter(include_in_schema=False)
    parts = (home, film, viewer, browse, lists, others, actions, watchlist, welcome)
    for part in (*parts, files, preferences, reference, admin):
        every.include_router(part.router())
    return every
