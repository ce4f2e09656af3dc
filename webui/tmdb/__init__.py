"""Real posters: The Movie Database, asked by the server and kept for a while."""

from webui.tmdb.poster_cache import Shelf
from webui.tmdb.tmdb_client import Poster, Tmdb

__all__ = ["Poster", "Shelf", "Tmdb"]
