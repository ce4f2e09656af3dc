"""Who may do what: the administrator's token."""

from __future__ import annotations

import hmac
from typing import Annotated, cast

from fastapi import Depends, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import SecretStr

from sparrow.errors import ForbiddenError, InvalidRequestError, UnauthorizedError

MAX_FORCED = 20


class Gate:
    """Lets the administrator through, and nobody else."""

    def __init__(self, admin_token: SecretStr | None) -> None:
        self._admin_token = admin_token

    def require_admin(self, token: str | None) -> None:
        """Raise ForbiddenError while nobody is administrator, UnauthorizedError for a stranger."""
        if self._admin_token is None:
            raise ForbiddenError("This is for administrators: set SPARROW_ADMIN_TOKEN to be one.")
        expected = self._admin_token.get_secret_value()
        if token is None or not hmac.compare_digest(token.encode(), expected.encode()):
            raise UnauthorizedError(
                "Expected the administrator's token as `Authorization: Bearer …`."
            )


_bearer = HTTPBearer(auto_error=False, description="SPARROW_ADMIN_TOKEN")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def require_admin(request: Request, credentials: Credentials) -> None:
    """Dependency of a route that only administrators may use."""
    gate = cast(Gate, request.app.state.gate)
    gate.require_admin(credentials.credentials if credentials else None)


def forced_variants(
    request: Request,
    credentials: Credentials,
    variant: Annotated[
        list[str],
        Query(max_length=MAX_FORCED, description="For administrators: `experiment:variant`."),
    ] = [],  # noqa: B006 - FastAPI copies it
) -> tuple[tuple[str, str], ...]:
    """The variants that an administrator wants to see, which then does not count."""
    if not variant:
        return ()
    require_admin(request, credentials)
    return tuple(_pair(each) for each in variant)


ForcedVariants = Annotated[tuple[tuple[str, str], ...], Depends(forced_variants)]


def _pair(text: str) -> tuple[str, str]:
    experiment, colon, variant = text.partition(":")
    if not colon:
        raise InvalidRequestError("variant", f"Expected experiment:variant, got {text}.")
    return experiment, variant
