"""Why a movie is in a list: the kind of the reason, and the values in its sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

ReasonKind = Literal[
    "rated",
    "watched",
    "wanted",
    "often_with",
    "recent_favourites",
    "genre",
    "taste",
    "similar",
    "looked_at",
    "social",
    "cold_like_rated",
    "cold_like",
    "cold",
    "popular",
    "trending",
    "acclaimed",
    "gem",
    "released",
    "added",
    "catalogue",
    "own_words",
]

SENTENCES: Mapping[ReasonKind, str] = {
    "rated": "Because you rated %(movie)s ★%(stars)s",
    "watched": "Because you watched %(movie)s",
    "wanted": "Because %(movie)s is on your watchlist",
    "often_with": "Often watched with %(movie)s",
    "recent_favourites": "Popular with people who share your recent favourites",
    "genre": "Fits your taste for %(genre)s",
    "taste": "Close to your taste",
    "similar": "Similar to %(movie)s",
    "looked_at": "Because you viewed %(movie)s",
    "social": "Liked by %(count)s of the people whose taste is closest to yours",
    "cold_like_rated": "Little known, but similar to %(movie)s, which you rated ★%(stars)s",
    "cold_like": "Little known, but similar to %(movie)s",
    "cold": "Little known, but its genres and year fit your taste",
    "popular": "Popular with everyone",
    "trending": "Trending",
    "acclaimed": "One of the highest rated films",
    "gem": "Little known, but highly rated",
    "released": "One of the newest films (%(year)s)",
    "added": "Newly added",
    "catalogue": "From the full catalogue",
    "own_words": "%(text)s",
}
"""In English; `own_words` is text of a merchandising rule and not translated."""


@dataclass(frozen=True)
class Reason:
    """A reason; its text is the English sentence."""

    kind: ReasonKind
    values: Mapping[str, str] = field(default_factory=dict)  # by placeholder
    movie_id: int | None = None  # the movie of the user's history that it names

    @property
    def text(self) -> str:
        """The sentence in English."""
        return SENTENCES[self.kind] % self.values
