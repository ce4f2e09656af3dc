"""The user of a session, in a signed cookie: the visitor's own or, in the demo, any user."""

from __future__ import annotations

from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

from sparrow.errors import NotFoundError
from sparrow.settings import Settings
from sparrow.units import DAY
from webui.session.signing_key import signing_key

COOKIE = "sparrow_user"
MAX_AGE = 365 * DAY  # seconds


@dataclass(frozen=True)
class SessionUser:
    """The user that a visitor is, or in the demo browses as."""

    user_id: int
    is_self: bool  # made for this visitor, not borrowed from the data set


class UserSession:
    """Reads and writes the cookie; without `settings.demo` nobody can be somebody else."""

    def __init__(self, settings: Settings) -> None:
        self.demo = settings.demo
        self._signer = URLSafeTimedSerializer(signing_key(settings), salt="user")

    def current_user(self, request: Request) -> SessionUser | None:
        """The user of the cookie; None for nobody, or a cookie not of ours."""
        cookie = request.cookies.get(COOKIE)
        if cookie is None:
            return None
        try:
            user_id, own = self._signer.loads(cookie, max_age=MAX_AGE)
        except (BadSignature, ValueError, TypeError):
            return None
        return SessionUser(user_id, own) if own or self.demo else None

    def remember(self, response: Response, who: SessionUser, *, secure: bool) -> None:
        """Let the visitor be this user; NotFoundError for another's while the demo is off."""
        if not who.is_self and not self.demo:
            raise NotFoundError(
                "Browsing as a user of the data set is off. Start the server with SPARROW_DEMO=1."
            )
        response.set_cookie(
            COOKIE,
            self._signer.dumps([who.user_id, who.is_self]),
            max_age=MAX_AGE,
            httponly=True,
            samesite="lax",
            secure=secure,
        )

    def forget(self, response: Response) -> None:
        """Let the visitor be nobody again."""
        response.delete_cookie(COOKIE, httponly=True, samesite="lax")
