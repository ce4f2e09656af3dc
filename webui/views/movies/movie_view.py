"""A film's page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from online.engine.rating_prediction import Foretold
from online.engine.service import Service
from online.types import Movie, Rating, SimilarBy
from sparrow.errors import DependencyError
from webui.views.shared.cards import Card, card, cards
from webui.views.shared.explanation import Why, why
from webui.views.shared.plots import Bar, bars
from webui.views.shared.rows import Row, row
from webui.views.shared.user_marks import Own

SIMILAR = 12
_WORDS = {
    "embedding": "Same fans",
    "co-rating": "Similar ratings",
    "content": "Same kind of film",
}
KINDS: dict[SimilarBy, str] = {by: _WORDS[by] for by in get_args(SimilarBy)}
"""The engine's ways of being similar, in the page's words."""


@dataclass(frozen=True)
class Film:
    """A film with its ratings and neighbours."""

    movie: Movie
    card: Card  # what the viewer said of it
    similar: Row
    by: SimilarBy
    top: tuple[Rating, ...]  # best first
    given: tuple[Bar, ...]  # how many gave it how many stars
    foretold: Foretold | None  # what the viewer would give it, where that can be told
    asked: bool  # there is a viewer to foretell it for, who has not rated it
    why: Why | None  # it is for the viewer

    @property
    def links(self) -> tuple[tuple[str, str], ...]:
        """(name, address) of the film elsewhere, where its id there is known."""
        imdb, tmdb = self.movie.imdb_id, self.movie.tmdb_id
        known = (
            ("IMDb", f"https://www.imdb.com/title/tt{(imdb or '').removeprefix('tt')}/", imdb),
            ("TMDB", f"https://www.themoviedb.org/movie/{tmdb}", tmdb),
        )
        return tuple((name, address) for name, address, found in known if found)


async def film(
    service: Service, movie_id: int, by: SimilarBy, own: Own, user_id: int | None
) -> Film:
    """The page of a film, for a viewer; NotFoundError for an unknown one."""
    movie = service.movie(movie_id)
    reason = None if own.done_with(movie_id) else await why(service, user_id, movie_id)
    asked = user_id is not None and movie_id not in own.ratings

    async def neighbours() -> tuple[Card, ...]:
        return cards(service.similar(movie_id, by, SIMILAR), own)

    similar = await row("Similar films", None, neighbours)
    given = bars({f"{stars:g}": count for stars, count in service.star_counts(movie_id).items()})
    return Film(
        movie,
        card(movie, own),
        similar,
        by,
        service.top_ratings(movie_id),
        given,
        await _foretold(service, movie_id, user_id) if asked else None,
        asked,
        reason,
    )


async def _foretold(service: Service, movie_id: int, user_id: int | None) -> Foretold | None:
    """None too while viewers cannot be read: the page is worth showing without it."""
    try:
        (foretold,) = await service.foretell(user_id, [movie_id])
    except DependencyError:
        return None
    return foretold
