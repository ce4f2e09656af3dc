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
    request_id: str
    wait: int  # seconds after which to try again; 0: unknown


WORDS = {
    401: ("Who are you?", "This part is for those who can prove it."),
    403: ("That is not yours to do", "The page may have been open for too long: load it again."),
    404: ("There is no such page", "The film, viewer or list may not be in this catalogue."),
    405: ("That does not work here", "This address does not take what was sent to it."),
    422: ("That address does not add up", "A part of it is not what it may be."),
    429: ("Too much at once", "Wait a little, then go on."),
    500: ("Something went wrong on our side", "It has been noted. Trying again may help."),
    503: ("Sparrow is not ready", "A part that it needs is away. Try again in a moment."),
}
OTHER = ("That did not work", "Try again, or start from the home page.")


def problem_view(details: Mapping[str, Any], *, told: bool, wait: int = 0) -> Problem:
    """The page's words for RFC 9457 problem details; `told` when their text is for people."""
    status = int(details["status"])
    headline, advice = WORDS.get(status, OTHER)
    fields = tuple((error["field"], error["message"]) for error in details["errors"])
    detail = str(details["detail"]) if told and not fields else ""
    return Problem(status, headline, advice, detail, fields, details["request_id"], wait)
