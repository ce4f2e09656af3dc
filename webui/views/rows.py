"""Rows of cards, each of which may fail without taking the page along."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from webui.views.cards import Card

log = logging.getLogger(__name__)

ROW = 6
"""Films in a row."""


@dataclass(frozen=True)
class Row:
    """One titled row; `failed` where its films could not be had."""

    title: str
    href: str | None = None  # all of them
    cards: tuple[Card, ...] = ()
    failed: bool = False

    @property
    def worth_showing(self) -> bool:
        """Whether there is something to see, be it only that something failed."""
        return self.failed or bool(self.cards)


async def row(
    title: str, href: str | None, films: Callable[[], Awaitable[tuple[Card, ...]]]
) -> Row:
    """The row that `films` fills.

    The edge at which a page protects itself: whatever goes wrong is logged, and the row says so.
    """
    try:
        return Row(title, href, await films())
    except Exception:
        log.exception("a row of the page failed", extra={"row": title})
        return Row(title, href, failed=True)
