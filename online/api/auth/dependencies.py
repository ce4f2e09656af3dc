"""What routes ask of whoever calls them."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from online.api.auth.api_key import KeyScope
from online.api.auth.authenticator import Authenticator
from sparrow.errors import InvalidRequestError

MAX_FORCED = 20
_READING = frozenset({"GET", "HEAD"})

_bearer = HTTPBearer(auto_error=False, description="A key, or SPARROW_ADMIN_TOKEN.")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


async def require_read(request: Request, credentials: Credentials) -> None:
    """Dependency of routes that tell something."""
    _admit(request, credentials, KeyScope.READ)


async def require_events(request: Request, credentials: Credentials) -> None:
    """Dependency of routes that record something."""
    _admit(request, credentials, KeyScope.EVENTS)


async def require_by_method(request: Request, credentials: Credentials) -> None:
    """Dependency of routes of which GET tells, and the others record."""
    _admit(request, credentials, KeyScope.READ if request.method in _READING else KeyScope.EVENTS)


async def require_admin(request: Request, credentials: Credentials) -> None:
    """Dependency of routes that only administrators may use."""
    _admit(request, credentials, KeyScope.ADMIN)


def _admit(
    request: Request, credentials: HTTPAuthorizationCredentials | None, scope: KeyScope
) -> None:
    authenticator = cast(Authenticator, request.app.state.authenticator)
    authenticator.authorise(scope, credentials.credentials if credentials else None)


async def forced_variants(
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
    _admit(request, credentials, KeyScope.ADMIN)
    return tuple(_pair(each) for each in variant)


ForcedVariants = Annotated[tuple[tuple[str, str], ...], Depends(forced_variants)]


def _pair(text: str) -> tuple[str, str]:
    experiment, colon, variant = text.partition(":")
    if not colon:
        raise InvalidRequestError("variant", f"Expected experiment:variant, got {text}.")
    return experiment, variant
