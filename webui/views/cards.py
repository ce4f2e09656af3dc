"""Cards: one film in a row or grid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from online.types import Movie, Recommended
from webui.posters import Subject


@dataclass(frozen=True)
class Card:
    """A film, why it is here, and what the viewer made of it."""

    movie: Movie
    reason: str | None = None  # one sentence; None where the list needs no reason
    own: float | None = None  # the viewer's rating in stars

    @property
    def href(self) -> str:
        """The film's page."""
        return f"/movie/{self.movie.movie_id}"

    @property
    def poster(self) -> str:
        """The film's poster; the address changes when the drawing does."""
        return poster_url(self.movie)


def poster_url(movie: Movie) -> str:
    """Address of a film's poster."""
    version = Subject(movie.movie_id, movie.title, movie.year, movie.genres).version
    return f"/poster/v1/{movie.movie_id}.svg?v={version}"


def cards(movies: Iterable[Movie], seen: Mapping[int, float]) -> tuple[Card, ...]:
    """Films as cards, with the viewer's own ratings."""
    return tuple(Card(movie, own=seen.get(movie.movie_id)) for movie in movies)


def picks(items: Iterable[Recommended]) -> tuple[Card, ...]:
    """Recommended films as cards, with their reasons."""
    return tuple(Card(item.movie, reason=item.reason) for item in items)
