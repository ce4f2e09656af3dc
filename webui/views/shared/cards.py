"""Cards: one film in a row or grid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from online.reason import Reason
from online.types import Movie, Recommended
from webui.views.shared.explanation import in_words
from webui.views.shared.user_marks import Own


@dataclass(frozen=True)
class Card:
    """A film, why it is here, and what the viewer made of it."""

    movie: Movie
    reason: Reason | None = None  # None where the list needs no reason
    sources: tuple[str, ...] = ()  # what found it, in words
    own: float | None = None  # the viewer's rating in stars
    wanted: bool = False  # on the viewer's watchlist
    hidden: bool = False  # the viewer is not interested
    expected: float | None = None  # stars that the viewer would give, where that can be told

    @property
    def href(self) -> str:
        """The film's page."""
        return f"/movie/{self.movie.movie_id}"


def card(movie: Movie, own: Own, **why: Any) -> Card:
    """A film with what the viewer said of it, and why it is here."""
    number = movie.movie_id
    return Card(
        movie,
        own=own.ratings.get(number),
        wanted=number in own.watchlist,
        hidden=number in own.hidden,
        **why,
    )


def cards(movies: Iterable[Movie], own: Own) -> tuple[Card, ...]:
    """Films as cards."""
    return tuple(card(movie, own) for movie in movies)


def picks(items: Iterable[Recommended], own: Own) -> tuple[Card, ...]:
    """Recommended films as cards, with their reasons."""
    return tuple(
        card(item.movie, own, reason=item.reason, sources=tuple(map(in_words, item.sources)))
        for item in items
    )
