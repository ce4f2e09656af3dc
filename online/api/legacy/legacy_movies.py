"""Movies as SparrowRecSys wrote them, as bytes that are made once each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from online.engine.service import Service
from online.types import Movie, Rating


class LegacyMovies:
    """Remembers the JSON of movies for as long as their release serves."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Movie, bytes]] = {}

    def documents(self, service: Service, movies: Iterable[Movie]) -> list[bytes]:
        """JSON of each movie; `service` is the one that the movies came from."""
        return [self._document(service, movie) for movie in movies]

    def _document(self, service: Service, movie: Movie) -> bytes:
        remembered, document = self._made.get(movie.movie_id, (None, b""))
        if remembered is not movie:  # another release has other objects
            ratings = service.top_ratings(movie.movie_id)
            document = orjson.dumps(movie_document(movie, ratings))
            self._made[movie.movie_id] = (movie, document)
        return document


def movie_document(movie: Movie, top_ratings: Iterable[Rating]) -> dict[str, Any]:
    """A movie in the original's field names."""
    return {
        "movieId": movie.movie_id,
        "title": movie.title,
        "releaseYear": movie.year or 0,
        "imdbId": movie.imdb_id,
        "tmdbId": movie.tmdb_id,
        "genres": list(movie.genres),
        "ratingNumber": movie.rating_count,
        "averageRating": movie.rating_mean or 0.0,
        "topRatings": [rating_document(rating) for rating in top_ratings],
    }


def rating_document(rating: Rating) -> dict[str, Any]:
    """A rating in the original's field names."""
    return {
        "rating": {
            "movieId": rating.movie_id,
            "userId": rating.user_id,
            "score": rating.score,
            "timestamp": rating.timestamp,
        }
    }
