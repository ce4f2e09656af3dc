"""The canvas that a poster is composed on."""

from __future__ import annotations

from dataclasses import dataclass

from webui.posters.drawing.palette import Palette
from webui.posters.drawing.seeded_random import SeededRandom
from webui.posters.drawing.shapes import n
from webui.posters.drawing.title_layout import spread
from webui.posters.drawing.typography import Faces, TextPosition

WIDTH, HEIGHT = 300, 450
MARGIN = 24
MEASURE = WIDTH - 2 * MARGIN
SMALL = 15.5


@dataclass(frozen=True)
class PosterCanvas:
    """What every composition works with."""

    title: str  # clean, never empty
    year: str  # empty where unknown
    genres: tuple[str, ...]
    main: str | None  # the most distinctive genre
    palette: Palette
    random: SeededRandom
    faces: Faces


def small_type(canvas: PosterCanvas, x: float, y: float) -> str:
    """Year and genres on one line, as far as they fit."""
    start = x
    drawn = []
    if canvas.year:
        face = canvas.faces.for_capitals(canvas.year)
        drawn.append(face.draw(canvas.year, TextPosition(x, y, SMALL), canvas.palette.soft))
        start += face.width(canvas.year) * SMALL + 9
    names = tuple(genre.upper() for genre in canvas.genres)
    face = canvas.faces.for_capitals("".join(names) + " /")
    text = spread(names, (WIDTH - MARGIN - start) / SMALL, face)
    if text:
        fitting = min(1.0, (WIDTH - MARGIN - start) / (face.width(text) * SMALL))
        drawn.append(face.draw(text, TextPosition(start, y, SMALL, fitting), canvas.palette.soft))
    return "".join(drawn)


def window(art: str, box: tuple[float, float, float, float], source: tuple[float, float]) -> str:
    """A scene of size `source`, cut to a box of x, y, width and height."""
    x, y, width, height = box
    return (
        f'<svg x="{n(x)}" y="{n(y)}" width="{n(width)}" height="{n(height)}" overflow="hidden" '
        f'viewBox="0 0 {n(source[0])} {n(source[1])}" preserveAspectRatio="xMidYMid slice">'
        f"{art}</svg>"
    )
