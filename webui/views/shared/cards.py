"""Cards: one film in a row or grid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from online.reason import Reason
from online.types import Movie, Recommended
from webui.views.shared.explanation import source_label
from webui.views.shared.user_marks import UserMarks


@dataclass(frozen=True)
class Card:
    """A film, why it is here, and what the user made of it."""

    movie: Movie
    reason: Reason | None = None  # None where the list needs no reason
    sources: tuple[str, ...] = ()  # what found it, in words
    user_rating: float | None = None  # the user's rating in stars
    wanted: bool = False  # on the user's watchlist
    hidden: bool = False  # the user is not interested
    predicted_rating: float | None = None  # stars that the user would give, where that can be told

    @property
    def href(self) -> str:
        """The film's page."""
        return f"/movie/{self.movie.movie_id}"


def card(movie: Movie, marks: UserMarks, **why: Any) -> Card:
    """A film with what the user said of it, and why it is here."""
    number = movie.movie_id
    return Card(
        movie,
        user_rating=marks.ratings.get(number),
        wanted=number in marks.watchlist,
        hidden=number in marks.hidden,
        **why,
    )


def cards(movies: Iterable[Movie], marks: UserMarks) -> tuple[Card, ...]:
    """Films as cards."""
    return tuple(card(movie, marks) for movie in movies)


def picks(items: Iterable[Recommended], marks: UserMarks) -> tuple[Card, ...]:
    """Recommended films as cards, with their reasons."""
    return tuple(
        card(item.movie, marks, reason=item.reason, sources=tuple(map(source_label, item.sources)))
        for item in items
    )
