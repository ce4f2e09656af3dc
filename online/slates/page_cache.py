"""Pages that were made lately, so that a list that holds still is not computed again."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from online.slates.slate import same_list
from online.types import Page

MOST_ITEMS = 20_000
"""Items of all pages together: some tens of megabytes."""

PageKey = tuple[int, bytes, int, int, bool]
"""User, name of the list, offset, limit, and whether it is explained."""


@dataclass(frozen=True)
class KnownPage:
    """A page, and what it was made of."""

    page: Page
    changed: bytes  # stamp of the user's last change
    data: bytes  # the held list, encoded

    def still(self, changed: bytes, data: bytes) -> bool:
        """Whether it would be made the same again."""
        return self.changed == changed and same_list(self.data, data)


class KnownPages:
    """The pages that were asked for last, of one release."""

    def __init__(self) -> None:
        self._pages: OrderedDict[PageKey, KnownPage] = OrderedDict()
        self._items = 0

    def get(self, key: PageKey) -> KnownPage | None:
        """The page, as it was made last."""
        known = self._pages.get(key)
        if known is not None:
            self._pages.move_to_end(key)
        return known

    def put(self, key: PageKey, known: KnownPage) -> None:
        """Remember a page, and forget those that nobody asked for the longest."""
        self._forget(key)
        self._pages[key] = known
        self._items += len(known.page.items) + 1
        while self._items > MOST_ITEMS:
            self._forget(next(iter(self._pages)))

    def _forget(self, key: PageKey) -> None:
        known = self._pages.pop(key, None)
        if known is not None:
            self._items -= len(known.page.items) + 1
