"""Walking through a long list page by page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from webui.formatting.urls import url_query

SIZE = 24
"""Films on one page of a list."""


@dataclass(frozen=True)
class Pager:
    """Where in a list a page is; addresses are None at its ends."""

    page: int  # from 1
    pages: int
    total: int  # films or ratings in the list
    previous: str | None
    next: str | None


def pager(here: str, parameters: Mapping[str, object], page: int, total: int) -> Pager:
    """The pager of page `page` (from 1) of the list at `here` with its other parameters."""
    pages = max(1, ceil(total / SIZE))

    def href(number: int) -> str | None:
        if not 1 <= number <= pages:
            return None
        return here + url_query({**parameters, "page": number if number > 1 else None})

    return Pager(page, pages, total, href(min(page - 1, pages)), href(page + 1))


def offset(page: int) -> int:
    """How many entries come before page `page`."""
    return (page - 1) * SIZE
