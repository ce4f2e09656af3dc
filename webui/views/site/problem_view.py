"""What went wrong, for somebody who came to look at films."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ProblemView:
    """An error in plain words."""

    status: int
    headline: str
    advice: str
    detail: str  # what the server says; empty where it adds nothing
    fields: tuple[tuple[str, str], ...]  # (parameter, what is wrong with it)
    request_id: str
    wait: int  # seconds after which to try again; 0: unknown


WORDS = {
    401: ("Please sign in", "You need to sign in to see this page."),
    403: ("You can't do that", "The page may have been open too long. Reload it and try again."),
    404: ("Page not found", "Check the address, or search for a film below."),
    405: ("That doesn't work here", "Go back and try another way."),
    422: ("This link isn't valid.", "Check it, or start from the home page."),
    429: ("Too many requests", "Wait a moment, then try again."),
    500: ("Something went wrong on our side", "We have logged it. Try again in a moment."),
    503: (
        "Sparrow isn't available right now",
        "A service is down. Try again in a moment.",
    ),
}
OTHER = ("That didn't work", "Try again, or start from the home page.")


def problem_view(details: Mapping[str, Any], *, show_detail: bool, wait: int = 0) -> ProblemView:
    """The page's words for problem details (RFC 9457); `show_detail`: their text is for users."""
    status = int(details["status"])
    headline, advice = WORDS.get(status, OTHER)
    fields = tuple((error["field"], error["message"]) for error in details["errors"])
    detail = str(details["detail"]) if show_detail and not fields else ""
    return ProblemView(status, headline, advice, detail, fields, details["request_id"], wait)
