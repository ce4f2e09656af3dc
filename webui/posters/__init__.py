"""Generated posters: a film's title, year, genres and id in, an SVG out; pure functions."""

from webui.posters.drawing.typography import Faces
from webui.posters.poster import PosterSpec, draw

__all__ = ["Faces", "PosterSpec", "draw"]
