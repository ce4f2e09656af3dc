"""Who is looking: the viewer of the data set that a signed cookie names, while the demo is on."""

from __future__ import annotations

import secrets
from pathlib import Path

from filelock import FileLock
from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

from sparrow.errors import NotFoundError
from sparrow.files import atomic_write, storage_errors
from sparrow.settings import Settings

COOKIE = "sparrow_viewer"
MAX_AGE = 30 * 24 * 3600  # seconds


class Identity:
    """Reads and writes the cookie; without `settings.demo` nobody can be anybody."""

    def __init__(self, settings: Settings) -> None:
        self.demo = settings.demo
        self._signer = URLSafeTimedSerializer(_secret(settings), salt="demo-viewer")

    def viewer_id(self, request: Request) -> int | None:
        """The viewer that the visitor browses as; None for nobody, or a cookie not of ours."""
        cookie = request.cookies.get(COOKIE)
        if cookie is None or not self.demo:
            return None
        try:
            return int(self._signer.loads(cookie, max_age=MAX_AGE))
        except (BadSignature, ValueError, TypeError):
            return None

    def remember(self, response: Response, user_id: int, *, secure: bool) -> None:
        """Let the visitor browse as this viewer; NotFoundError while the demo is off."""
        self._require_demo()
        response.set_cookie(
            COOKIE,
            self._signer.dumps(user_id),
            max_age=MAX_AGE,
            httponly=True,
            samesite="lax",
            secure=secure,
        )

    def forget(self, response: Response) -> None:
        """Let the visitor be nobody again."""
        response.delete_cookie(COOKIE, httponly=True, samesite="lax")

    def _require_demo(self) -> None:
        if not self.demo:
            raise NotFoundError(
                "Browsing as a viewer of the data set is off: start the server with SPARROW_DEMO=1."
            )


def _secret(settings: Settings) -> str:
    """The key that signs cookies: the settings', else one kept under the data folder."""
    if settings.cookie_secret is not None:
        return settings.cookie_secret.get_secret_value()
    return _kept_secret(settings.data_dir / "cookie.key")


def _kept_secret(path: Path) -> str:
    """The key in a file, made by the first process that needs it."""
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")):  # workers start together
            if not path.exists():
                atomic_write(path, secrets.token_urlsafe(32).encode())
                path.chmod(0o600)
            return path.read_text()
