"""Sign-in to the administrator's pages: a signed cookie, set after the token was entered."""

from __future__ import annotations

from itsdangerous import BadSignature, URLSafeTimedSerializer
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.requests import Request
from starlette.responses import Response

from online.api.auth.authenticator import Authenticator
from sparrow.errors import (
    ForbiddenError,
    NotFoundError,
    TooManyRequestsError,
    UnauthorizedError,
)
from sparrow.settings import Settings
from sparrow.units import HOUR
from webui.session.signing_key import signing_key

COOKIE = "sparrow_admin"
MAX_AGE = HOUR  # seconds
_PATH = "/"  # every page links to the administrator's, for whom it is
_WRONG_PER_MINUTE = 10  # tokens of one host that a process looks at before it stops


class NotSignedInError(UnauthorizedError):
    """Somebody asks for a page of the administrator and has yet to show the token."""


class AdminSession:
    """Takes the token and gives a cookie for it, which another token makes worthless."""

    def __init__(self, settings: Settings) -> None:
        self._gate = Authenticator(settings.admin_token)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        token = settings.admin_token
        self.configured = token is not None
        secret = "" if token is None else token.get_secret_value()
        self._signer = URLSafeTimedSerializer([signing_key(settings) + secret], salt="admin")

    def require_configured(self) -> None:
        """Raise NotFoundError where nobody can be the administrator: there are no such pages."""
        if not self.configured:
            raise NotFoundError(
                "The administrator's pages are off. Set SPARROW_ADMIN_TOKEN to turn them on."
            )

    def is_signed_in(self, request: Request) -> bool:
        """Whether the cookie is one of ours, and not too old."""
        try:
            self._signer.loads(request.cookies.get(COOKIE, ""), max_age=MAX_AGE)
        except BadSignature:
            return False
        return self.configured

    def require(self, request: Request) -> None:
        """Raise NotSignedInError without such a cookie."""
        self.require_configured()
        if not self.is_signed_in(request):
            raise NotSignedInError("Sign in with the administrator's token.")

    def check_token(self, token: str, request: Request) -> None:
        """Raise ForbiddenError for a wrong token, TooManyRequestsError after too many."""
        self.require_configured()
        limit, host = RateLimitItemPerMinute(_WRONG_PER_MINUTE), _host(request)
        if not self._limiter.test(limit, host):
            raise TooManyRequestsError("Too many wrong tokens. Wait a minute.", retry_after=60)
        if not self._gate.is_administrator(token):
            self._limiter.hit(limit, host)
            raise ForbiddenError("That isn't the administrator's token.")

    def remember(self, response: Response, *, secure: bool) -> None:
        """Let the browser in for a while."""
        response.set_cookie(
            COOKIE,
            self._signer.dumps("in"),
            max_age=MAX_AGE,
            path=_PATH,
            httponly=True,
            samesite="strict",
            secure=secure,
        )

    def forget(self, response: Response) -> None:
        """Let nobody in by this browser any more."""
        response.delete_cookie(COOKIE, path=_PATH, httponly=True, samesite="strict")


def _host(request: Request) -> str:
    return request.client.host if request.client else ""
