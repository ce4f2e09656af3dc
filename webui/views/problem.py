"""What went wrong, for somebody who came to look at films."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Problem:
    """An error in plain words."""

    status: int
    headline: str
    advice: str
    detail: str  # what the server says; empty where it adds nothing
    fields: tuple[tuple[str, str], ...]  # (parameter, what is wrong with it)
    request_id: str | None


_WORDS = {
    404: ("There is no such page", "The film, viewer or list may not be in this catalogue."),
    405: ("That does not work here", "This address does not take what was sent to it."),
    422: ("That address does not add up", "A part of it is not what it may be."),
    500: ("Something went wrong on our side", "It has been noted. Trying again may help."),
    503: ("Sparrow is not ready", "A part that it needs is away. Try again in a moment."),
}
_OTHER = ("That did not work", "Try again, or start from the home page.")


def problem_view(status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> Problem:
    """The page's words for RFC 9457 problem details."""
    headline, advice = _WORDS.get(status, _OTHER)
    detail = str(body.get("detail") or "") if status != 500 else ""
    fields = tuple(
        (str(e.get("field", "")), str(e.get("message", ""))) for e in body.get("errors", ())
    )
    request_id = body.get("request_id") or headers.get("x-request-id")
    return Problem(status, headline, advice, detail, fields, request_id)
