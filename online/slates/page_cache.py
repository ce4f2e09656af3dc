"""A cache of recent pages, so that a page of a slate is not computed again."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from online.slates.slate import is_same_slate
from online.types import Page

MAX_ITEMS = 20_000
"""Total number of items of all pages: some tens of megabytes."""

PageKey = tuple[int, bytes, int, int, bool]
"""User, slate key, offset, limit, and whether it is explained."""


@dataclass(frozen=True)
class CachedPage:
    """A page, and what it was computed from."""

    page: Page
    version: bytes  # stamp of the user's last change
    data: bytes  # the slate, encoded

    def is_valid(self, version: bytes, data: bytes) -> bool:
        """Whether the page would be the same now."""
        return self.version == version and is_same_slate(self.data, data)


class PageCache:
    """The most recently used pages of one release."""

    def __init__(self) -> None:
        self._pages: OrderedDict[PageKey, CachedPage] = OrderedDict()
        self._items = 0

    def get(self, key: PageKey) -> CachedPage | None:
        """The page as it was last computed."""
        known = self._pages.get(key)
        if known is not None:
            self._pages.move_to_end(key)
        return known

    def put(self, key: PageKey, known: CachedPage) -> None:
        """Add a page, and evict the least recently used ones."""
        self._clear(key)
        self._pages[key] = known
        self._items += len(known.page.items) + 1
        while self._items > MAX_ITEMS:
            self._clear(next(iter(self._pages)))

    def _clear(self, key: PageKey) -> None:
        known = self._pages.pop(key, None)
        if known is not None:
            self._items -= len(known.page.items) + 1
