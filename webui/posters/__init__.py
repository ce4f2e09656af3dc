"""Generated posters: a film's title, year, genres and id in, an SVG out; pure functions."""

from webui.posters.svg import Subject, draw
from webui.posters.type import Faces

__all__ = ["Faces", "Subject", "draw"]
