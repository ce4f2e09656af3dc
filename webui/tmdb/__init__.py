"""Real posters: The Movie Database, asked by the server and kept for a while."""

from webui.tmdb.poster_cache import PosterCache
from webui.tmdb.tmdb_client import Poster, Tmdb

__all__ = ["Poster", "PosterCache", "Tmdb"]
