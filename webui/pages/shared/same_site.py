"""What every form of the site is checked for."""

from __future__ import annotations

from fastapi import Request

from sparrow.errors import InvalidRequestError


def require_same_site(request: Request) -> None:
    """Refuse a form that another site sent; every current browser says where one comes from."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise InvalidRequestError("form", "This form was sent by another site. Use the one here.")
