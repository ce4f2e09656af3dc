"""Generated posters: a film's title, year, genres and id in, an SVG out; pure functions."""

from webui.posters.svg import Subject, draw

__all__ = ["Subject", "draw"]
