"""Rows of cards, each of which may fail or be late without taking the page along."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from webui.views.shared.cards import Card

log = logging.getLogger(__name__)

ROW = 6
"""Films in a row."""

PATIENCE = 0.4
"""Seconds that a page waits for one of its rows."""


@dataclass(frozen=True)
class Row:
    """One titled row; `failed` where its movies could not be had, `late` where they are to come."""

    title: str  # a message, which may name `%(genre)s` or `%(movie)s`
    href: str | None = None  # all of them
    genre: str | None = None
    again: str | None = None  # address of this row alone
    movie: str | None = None  # its title
    cards: tuple[Card, ...] = ()
    failed: bool = False
    late: bool = False

    @property
    def worth_showing(self) -> bool:
        """Whether there is something to see, be it only that something failed."""
        return self.failed or self.late or bool(self.cards)

    @property
    def id(self) -> str:
        """What other elements of the page know its heading by."""
        words = f"row-{self.title}-{self.genre or self.movie or ''}"
        return re.sub(r"[^\w]+", "-", words).strip("-")


async def row(
    title: str, href: str | None, movies: Callable[[], Awaitable[tuple[Card, ...]]]
) -> Row:
    """The row that `films` fills, as `fill` does."""
    return await fill(Row(title, href), movies)


async def fill(
    empty: Row, movies: Callable[[], Awaitable[tuple[Card, ...]]], patience: float | None = None
) -> Row:
    """`empty` with its films; late when they take longer than `patience` seconds (None: never).

    The edge at which a page protects itself: whatever goes wrong is logged, and the row says so.
    """
    try:
        async with asyncio.timeout(patience):
            return replace(empty, cards=await movies())
    except TimeoutError:
        return replace(empty, late=True)
    except Exception:
        log.exception("a row of the page failed", extra={"row": empty.title})
        return replace(empty, failed=True)
