"""The frame around every page: who is looking, and at how much."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from online.service import Service
from online.types import BrowseQuery
from sparrow.errors import SparrowError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shell:
    """What the header shows; counts are None where they cannot be told right now."""

    viewer_id: int | None
    ratings: int | None  # that the viewer gave
    films: int | None  # in the catalogue
    demo: bool


async def shell(service: Service, viewer_id: int | None, demo: bool) -> Shell:
    """The frame; a failing engine costs the counts, not the page."""
    try:
        ratings = None if viewer_id is None else len(await service.seen(viewer_id))
        films = (await service.browse(BrowseQuery(limit=1))).total
    except SparrowError as error:
        log.warning("the page header goes without counts", extra={"reason": str(error)})
        ratings = films = None
    return Shell(viewer_id, ratings, films, demo)
