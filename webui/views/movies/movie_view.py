"""A film's page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from online.engine.rating_prediction import PredictedRating
from online.engine.service import Service
from online.types import Movie, Rating, SimilarBy
from sparrow.errors import DependencyError
from webui.views.shared.cards import Card, card, cards
from webui.views.shared.explanation import ItemExplanation, explain_item
from webui.views.shared.plots import Bar, bars
from webui.views.shared.rows import Row, row
from webui.views.shared.user_marks import UserMarks

SIMILAR = 12
_WORDS = {
    "embedding": "Same fans",
    "co-rating": "Similar ratings",
    "content": "Same kind of film",
}
KINDS: dict[SimilarBy, str] = {by: _WORDS[by] for by in get_args(SimilarBy)}
"""The engine's ways of being similar, in the page's words."""


@dataclass(frozen=True)
class MovieView:
    """A film with its ratings and neighbours."""

    movie: Movie
    card: Card  # what the user said of it
    similar: Row
    by: SimilarBy
    top: tuple[Rating, ...]  # best first
    given: tuple[Bar, ...]  # how many gave it how many stars
    prediction: PredictedRating | None  # what the user would give it, where that can be told
    show_prediction: bool  # there is a user to predict_ratings it for, who has not rated it
    why: ItemExplanation | None  # it is for the user

    @property
    def links(self) -> tuple[tuple[str, str], ...]:
        """(name, address) of the film elsewhere, where its id there is known."""
        imdb, tmdb = self.movie.imdb_id, self.movie.tmdb_id
        known = (
            ("IMDb", f"https://www.imdb.com/title/tt{(imdb or '').removeprefix('tt')}/", imdb),
            ("TMDB", f"https://www.themoviedb.org/movie/{tmdb}", tmdb),
        )
        return tuple((name, address) for name, address, found in known if found)


async def movie_view(
    service: Service, movie_id: int, by: SimilarBy, marks: UserMarks, user_id: int | None
) -> MovieView:
    """The page of a film, for a user; NotFoundError for an unknown one."""
    movie = service.movie(movie_id)
    reason = None if marks.is_finished(movie_id) else await explain_item(service, user_id, movie_id)
    show_prediction = user_id is not None and movie_id not in marks.ratings

    async def neighbours() -> tuple[Card, ...]:
        return cards(service.similar(movie_id, by, SIMILAR), marks)

    similar = await row("Similar films", None, neighbours)
    given = bars({f"{stars:g}": count for stars, count in service.star_counts(movie_id).items()})
    return MovieView(
        movie,
        card(movie, marks),
        similar,
        by,
        service.top_ratings(movie_id),
        given,
        await _prediction(service, movie_id, user_id) if show_prediction else None,
        show_prediction,
        reason,
    )


async def _prediction(
    service: Service, movie_id: int, user_id: int | None
) -> PredictedRating | None:
    """None too while users cannot be read: the page is worth showing without it."""
    try:
        (prediction,) = await service.predict_ratings(user_id, [movie_id])
    except DependencyError:
        return None
    return prediction
