"""Why a film is in a list, in words."""

from __future__ import annotations

from collections.abc import Mapping

SOURCES: Mapping[str, str] = {
    "similar-to-recent": "Like films you liked lately",
    "top-in-genres": "The best of genres you like",
    "co-rated": "Liked by those who like what you like",
    "co-rated-lately": "Liked by those who like what you liked lately",
    "nearest-to-user-als": "Close to your taste, by everybody’s ratings",
    "nearest-to-user-item2vec": "Close to your taste, by what is watched together",
    "trending": "Many are rating it now",
    "popular": "Popular with everybody",
    "latest": "A new release",
    "everything": "From the whole catalogue",
}
"""The engine's recall channels in the page's words."""


def in_words(source: str) -> str:
    """A recall channel as a message; one that has no words goes by its name."""
    return SOURCES.get(source, source)
