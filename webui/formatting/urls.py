"""Addresses as templates write them."""

from __future__ import annotations

from urllib.parse import quote, urlencode


def url_query(parameters: dict[str, object]) -> str:
    """`?…` of a URL; parameters that are None are left out."""
    given = {name: value for name, value in parameters.items() if value is not None}
    return f"?{urlencode(given, doseq=True)}" if given else ""


def segment(text: str) -> str:
    """Text as one part of a URL's path."""
    return quote(text, safe="")
