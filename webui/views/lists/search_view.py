"""Search results as the page shows them."""

from __future__ import annotations

from dataclasses import dataclass

from online.engine.service import Service
from webui.formatting.urls import query
from webui.views.shared.cards import Card, cards
from webui.views.shared.user_marks import Own

FOUND = 48  # movies of a search page


@dataclass(frozen=True)
class Found:
    """What a search found."""

    text: str
    total: int
    cards: tuple[Card, ...]
    suggestion: str | None = None
    meant: str | None = None  # address of what is found by the suggestion


def search(service: Service, text: str, own: Own, limit: int = FOUND) -> Found:
    """Films whose titles match; nothing for nothing."""
    if not text:
        return Found("", 0, ())
    found = service.search(text, limit)
    meant = None if found.suggestion is None else "/search" + query({"q": found.suggestion})
    return Found(text, found.total, cards(found.movies, own), found.suggestion, meant)
