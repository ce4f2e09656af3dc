"""The frame around every page: who is looking, and at how much."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from online.engine.service import Service
from sparrow.errors import SparrowError

NOTICE = "We can't load your ratings right now, so this page doesn't show them."

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PageFrame:
    """What the header shows; counts are None where they cannot be told right now."""

    user_id: int | None
    ratings: int | None  # that the user gave
    movies: int | None  # in the catalogue
    demo: bool
    notice: str | None = None  # what the page goes without
    theme: str | None = None  # dark or light; None: as the system is
    administrator: bool = False  # the visitor may see the administrator's pages


async def page_frame(service: Service, user_id: int | None, demo: bool) -> PageFrame:
    """The frame; users that cannot be read cost a number, not the page."""
    ratings, notice = None, None
    try:
        ratings = None if user_id is None else len(await service.seen(user_id))
    except SparrowError as error:
        log.warning("the page header goes without ratings", extra={"reason": str(error)})
        notice = NOTICE
    return PageFrame(user_id, ratings, service.size(), demo, notice)
