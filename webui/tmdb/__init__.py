"""Real posters: The Movie Database, asked by the server and kept for a while."""

from webui.tmdb.client import Poster, Tmdb
from webui.tmdb.shelf import Shelf

__all__ = ["Poster", "Shelf", "Tmdb"]
