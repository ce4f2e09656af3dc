"""What is wrong with a request, in the page's words and language."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

DETAILS: Mapping[str, str] = {
    # the engine's
    "There is no movie %(id)s.": "There is no film %(id)s.",
    "There is no user %(id)s.": "There is no user %(id)s.",
    "There is no experiment %(name)s.": "There is no experiment %(name)s.",
    "There is no complete release %(name)s.": "There is no complete release %(name)s.",
    "User %(id)s was deleted: %(advice)s": (
        "The data of user %(id)s was deleted. Sign out to start again."
    ),
    "User %(id)s cannot be read now: %(error)s": "We can't load user %(id)s right now.",
    "Expected users in Redis, but it cannot be read %(error)s": "Redis can't be reached.",
    "%(what)s cannot be read from Redis %(error)s": "Redis can't be reached.",
    "%(what)s cannot be written to Redis %(error)s": "Redis can't be reached.",
    "The tastes have changed with a new release: load the page again.": (
        "The tastes have changed. Reload the page and pick again."
    ),
    "Expected one of %(choices)s, got %(value)s.": "Choose one of: %(choices)s.",
    "Experiment %(name)s is running: stop it before.": (
        "Experiment %(name)s is running. Stop it first."
    ),
    "Experiment %(name)s is stopped: start it before.": (
        "Experiment %(name)s is stopped. Start it first."
    ),
    "There is an experiment %(name)s already: delete it.": (
        "There is already an experiment %(name)s. Delete it first."
    ),
    # the form's fields'
    "Input should be a valid integer, %(why)s": "Enter a whole number.",
    "Input should be a valid number, %(why)s": "Enter a number.",
    "Input should be a finite number": "Enter a number.",
    "Input should be a valid boolean, %(why)s": "Enter 1 or 0.",
    "Input should be a valid UUID, %(why)s": "This value isn't valid.",
    "Input should be less than or equal to %(n)s": "Enter at most %(n)s.",
    "Input should be greater than or equal to %(n)s": "Enter at least %(n)s.",
    "Input should be a multiple of %(n)s": "Enter a multiple of %(n)s.",
    "Input should be %(choices)s": "Choose one of: %(choices)s.",
    "String should have at most %(n)s %(unit)s": "Enter fewer characters: at most %(n)s.",
    "%(kind)s should have at most %(n)s %(rest)s": "Enter fewer values: at most %(n)s.",
    "Field required": "This is missing.",
    "Expected a film's number, got %(value)s.": "This value isn't valid.",
    "Expected stars, got %(value)s.": "This value isn't valid.",
    "Expected half a star to 5, got %(value)s.": "Choose how many stars, from 0.5 to 5.",
    "Expected %(low)s to %(n)s points, got %(value)s.": "Enter at most %(n)s.",
}
"""What errors say, and what the page says for it; what is not here is shown as it is."""

OWN = (
    "You need to pick your tastes first.",
    "Choose how many stars, from 0.5 to 5.",
    "It's too late to undo that.",
    "There is nothing to undo.",
    "This form is out of date or came from another site. Go back, reload the page and try again. "
    "Cookies must be allowed.",
    "This form was sent by another site. Use the one here.",
    "Browsing as a user of the data set is off. Start the server with SPARROW_DEMO=1.",
    "The administrator's pages are off. Set SPARROW_ADMIN_TOKEN to turn them on.",
    "Sign in with the administrator's token.",
    "Too many wrong tokens. Wait a minute.",
    "That isn't the administrator's token.",
)
"""What the pages' own errors say, already in their words."""


def detail_in(text: str, gettext: Callable[[str], str]) -> str | None:
    """An error's text in the page's words and language; None for one that is not known."""
    if text in OWN:
        return gettext(text)
    for pattern, message in _PATTERNS:
        if match := pattern.fullmatch(text):
            return gettext(message) % match.groupdict()
    return None


def _pattern(text: str) -> re.Pattern[str]:
    parts = re.split(r"%\((\w+)\)s", text)  # words and names in turn
    named = (re.escape(p) if k % 2 == 0 else f"(?P<{p}>.+?)" for k, p in enumerate(parts))
    return re.compile("".join(named), re.DOTALL)


_PATTERNS = tuple((_pattern(text), message) for text, message in DETAILS.items())
