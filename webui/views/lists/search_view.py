"""Search results as the page shows them."""

from __future__ import annotations

from dataclasses import dataclass

from online.engine.service import Service
from webui.formatting.urls import url_query
from webui.views.shared.cards import Card, cards
from webui.views.shared.user_marks import UserMarks

FOUND = 48  # movies of a search page


@dataclass(frozen=True)
class SearchResults:
    """What a search found."""

    text: str
    total: int
    cards: tuple[Card, ...]
    suggestion: str | None = None
    meant: str | None = None  # address of what is found by the suggestion


def search(service: Service, text: str, marks: UserMarks, limit: int = FOUND) -> SearchResults:
    """Films whose titles match; nothing for nothing."""
    if not text:
        return SearchResults("", 0, ())
    found = service.search(text, limit)
    meant = None if found.suggestion is None else "/search" + url_query({"q": found.suggestion})
    return SearchResults(text, found.total, cards(found.movies, marks), found.suggestion, meant)
