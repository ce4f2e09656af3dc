"""Page routes: typed parameters → one view → one template."""

from fastapi import APIRouter

from webui.pages import browse, files, film, home, lists, preferences, reference, viewer


def router() -> APIRouter:
    """Every page of the site; pages are no part of the API's description."""
    every = APIRouter(include_in_schema=False)
    for part in (home, film, viewer, browse, lists, files, preferences, reference):
        every.include_router(part.router())
    return every
