"""The frame around every page: who is looking, and at how much."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from online.engine.service import Service
from sparrow.errors import SparrowError

NOTICE = "We can't load your ratings right now, so this page doesn't show them."

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shell:
    """What the header shows; counts are None where they cannot be told right now."""

    viewer_id: int | None
    ratings: int | None  # that the viewer gave
    films: int | None  # in the catalogue
    demo: bool
    notice: str | None = None  # what the page goes without
    theme: str | None = None  # dark or light; None: as the system is
    administrator: bool = False  # the visitor may see the administrator's pages


async def shell(service: Service, viewer_id: int | None, demo: bool) -> Shell:
    """The frame; viewers that cannot be read cost a number, not the page."""
    ratings, notice = None, None
    try:
        ratings = None if viewer_id is None else len(await service.seen(viewer_id))
    except SparrowError as error:
        log.warning("the page header goes without ratings", extra={"reason": str(error)})
        notice = NOTICE
    return Shell(viewer_id, ratings, service.size(), demo, notice)
