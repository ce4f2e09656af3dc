"""Addresses of posters, all of them on this site."""

from __future__ import annotations

from online.types import Movie
from webui.posters import PosterSpec


def drawn_url(movie: Movie) -> str:
    """The drawn poster's address, which changes when the drawing does."""
    version = PosterSpec(movie.movie_id, movie.title, movie.year, movie.genres).version
    return f"/poster/v1/{movie.movie_id}.svg?v={version}"


def real_url(movie: Movie) -> str:
    """TMDB's poster where it knows the film, else the drawn one."""
    return f"/poster/tmdb/{movie.movie_id}.jpg" if movie.tmdb_id else drawn_url(movie)
