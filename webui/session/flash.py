"""What a page without JavaScript says about the action that led to it: once, by a signed cookie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

from sparrow.settings import Settings
from webui.session.signing_key import signing_key

COOKIE = "sparrow_toast"
MAX_AGE = 120  # seconds


class Flash:
    """Keeps one toast for the next page."""

    def __init__(self, settings: Settings) -> None:
        self._signer = URLSafeTimedSerializer(signing_key(settings), salt="toast")

    def keep(self, response: Response, toast: Toast) -> None:
        """Let the next page show it."""
        value = self._signer.dumps(asdict(toast))
        response.set_cookie(COOKIE, value, max_age=MAX_AGE, httponly=True, samesite="lax")

    def kept(self, request: Request) -> Toast | None:
        """The toast that this page is to show."""
        try:
            kept = self._signer.loads(request.cookies.get(COOKIE, ""), max_age=MAX_AGE)
        except BadSignature:
            return None
        return Toast(**(kept | {"events": tuple(kept["events"])}))

    def forget(self, request: Request, response: Response) -> None:
        """It was shown."""
        if COOKIE in request.cookies:
            response.delete_cookie(COOKIE, httponly=True, samesite="lax")


@dataclass(frozen=True)
class Toast:
    """What was done, and the events to take back if it was a mistake."""

    command: str  # names one of MESSAGES
    movie_id: int
    movie: str  # its title
    stars: float | None = None
    events: tuple[str, ...] = ()  # ids
    view: View = "card"

    @property
    def message(self) -> str:
        """A message with `%(movie)s` and, for a rating, `%(stars)s`."""
        return MESSAGES[self.command]


View = Literal["card", "movie", "line"]
"""Where the controls are: below a card, on a film's page, in a line of a history."""


MESSAGES: Mapping[str, str] = {
    "rate": "You rated %(movie)s ★%(stars)s.",
    "unrate": "Your rating of %(movie)s was deleted.",
    "want": "Added %(movie)s to your watchlist.",
    "unwant": "Removed %(movie)s from your watchlist.",
    "hide": "We won't recommend %(movie)s again.",
    "unhide": "We may recommend %(movie)s again.",
    "undo": "Undone.",
}
