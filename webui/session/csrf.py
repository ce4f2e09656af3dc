"""CSRF tokens: a form is accepted only from the browser that it was rendered for."""

from __future__ import annotations

import secrets

from itsdangerous import BadSignature, Signer
from starlette.requests import Request
from starlette.responses import Response

from sparrow.errors import ForbiddenError
from sparrow.settings import Settings
from webui.session.signing_key import signing_key

COOKIE = "sparrow_session"


class CsrfTokens:
    """Gives each browser a signed random cookie, and each form the token that belongs to it.

    Another site can make a browser send its cookie, but neither read the token nor work it out.
    """

    def __init__(self, settings: Settings) -> None:
        key = signing_key(settings)
        self._cookies, self._forms = Signer(key, salt="cookie"), Signer(key, salt="form")

    def session_cookie(self, request: Request) -> str | None:
        """The browser's cookie; None if it has none, or not one of ours."""
        cookie = request.cookies.get(COOKIE, "")
        try:
            self._cookies.unsign(cookie)
        except BadSignature:
            return None
        return cookie

    def new_session_cookie(self) -> str:
        """The cookie for a browser that has none."""
        return self._cookies.sign(secrets.token_urlsafe(16)).decode()

    def remember(self, response: Response, cookie: str, *, secure: bool) -> None:
        """Give the browser its cookie, for as long as it stays open."""
        response.set_cookie(COOKIE, cookie, httponly=True, samesite="lax", secure=secure)

    def token(self, cookie: str) -> str:
        """What forms given to this browser carry."""
        return self._forms.get_signature(cookie).decode()

    def check(self, request: Request, token: str) -> None:
        """Raises ForbiddenError unless `token` was given to the browser that sends it."""
        cookie = self.session_cookie(request)
        if cookie is None or not self._forms.verify_signature(cookie, token):
            raise ForbiddenError(
                "This form is out of date or came from another site. Go back, reload the page and "
                "try again. Cookies must be allowed."
            )
