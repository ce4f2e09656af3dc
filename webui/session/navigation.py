"""Addresses within this site: where a visitor is, came from, and goes back to."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request


def current_address(request: Request) -> str:
    """The page that the visitor looks at: this one, or the one that asked for a part of itself."""
    if request.method != "GET" or "hx-request" in request.headers:
        return referrer(request) or "/"
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def referrer(request: Request) -> str | None:
    """The page of this site that led here, as the browser tells; None if it tells nothing."""
    address = request.headers.get("hx-current-url") or request.headers.get("referer", "")
    parts = urlsplit(address)
    if parts.netloc != request.url.netloc:
        return None
    return safe_redirect(parts.path + (f"?{parts.query}" if parts.query else ""))


def safe_redirect(back: str) -> str:
    """`back` if it leads to this site, else home."""
    here = back.startswith("/") and not back.startswith(("//", "/\\"))
    return back if here else "/"
