"""The three ways to compose a poster: canvas → SVG elements."""

from __future__ import annotations

import math
import unicodedata

from webui.posters.drawing.poster_canvas import (
    HEIGHT,
    MARGIN,
    MEASURE,
    WIDTH,
    PosterCanvas,
    small_type,
    window,
)
from webui.posters.drawing.shapes import Canvas, around, n, polygon, rect
from webui.posters.drawing.title_layout import Steps, balanced, set_title
from webui.posters.drawing.typography import Face, TextPosition
from webui.posters.scenes.scene_by_genre import SCENES, scene

_CAPITALS: Steps = ((92, 1), (76, 2), (62, 3), (50, 4), (40, 5), (32, 6), (24, 7))
_SERIF: Steps = ((58, 1), (44, 2), (38, 3), (32, 4), (26, 5), (20, 7))

_BASELINE = 388.0  # of the title's last line
_SCENE = 260.0  # height that a scene is drawn at for a strip

_TOP, _FOOT = 26.0, 352.0  # between which letterpress lines stand
_GAP = 11.0
_ACCENT = 24.0  # what stands above a capital
_TALLEST = 118.0  # capitals


def motif(canvas: PosterCanvas) -> str:
    """A scene of the genre over the title in condensed capitals."""
    title = canvas.title.upper()
    face = canvas.faces.for_capitals(title)
    block = set_title(title, MEASURE, face, _CAPITALS)
    first = _BASELINE - block.leading * (len(block.lines) - 1)
    top = first - block.size * face.cap - 22
    colours = canvas.palette
    art = scene(canvas.main, Canvas(WIDTH, top, colours, canvas.random))
    lines = "".join(
        face.draw(line, TextPosition(MARGIN, first + k * block.leading, block.size), colours.ink)
        for k, line in enumerate(block.lines)
    )
    rule = rect((MARGIN, 413), (24, 2.5), colours.accent)
    return (
        window(art, (0, 0, WIDTH, top), (WIDTH, top))
        + lines
        + rule
        + small_type(canvas, MARGIN + 34, 419)
    )


def letterpress(canvas: PosterCanvas) -> str:
    """Lines in the height that fills the measure; a strip of the scene where they leave room."""
    title = canvas.title.upper()
    face = canvas.faces.for_capitals(title)
    lines = _pressed(title, face)
    if lines is None:
        return motif(canvas)
    y, drawn, inks = (
        _top(title),
        [],
        (canvas.palette.ink, canvas.palette.second, canvas.palette.third),
    )
    for k, (text, cap) in enumerate(lines):
        y += cap
        size = cap / face.cap
        position = TextPosition(MARGIN, y, size, MEASURE / (face.width(text) * size))
        drawn.append(face.draw(text, position, inks[k % 3]))
        y += _GAP
    return "".join(drawn) + _foot(canvas, y)


def _pressed(title: str, face: Face) -> list[tuple[str, float]] | None:
    """Lines with the height of their capitals; None for a title that makes no good block."""
    words, room = title.split(), _FOOT - _top(title)
    best: list[tuple[str, float]] | None = None
    for count in range(1, min(6, len(words)) + 1):
        lines = balanced(words, count, face)
        caps = [min(_TALLEST, MEASURE / face.width(line) * face.cap) for line in lines]
        total = sum(caps) + _GAP * len(caps)
        if total <= room and min(caps) >= 22:
            best = list(zip(lines, caps, strict=True))
    return best


def _top(title: str) -> float:
    """Where the first line may begin, so that no accent is cut off."""
    marks = any(unicodedata.combining(each) for each in unicodedata.normalize("NFD", title))
    return _TOP + _ACCENT * marks


def _foot(canvas: PosterCanvas, y: float) -> str:
    """Year and genres under a rule, and the scene: a strip if there is room, else a stamp."""
    colours, parts = canvas.palette, []
    art = scene(canvas.main, Canvas(WIDTH, _SCENE, colours, canvas.random))
    ground = rect((0, 0), (WIDTH, _SCENE), colours.ground)
    room = _FOOT - y
    box = (MARGIN, y, MEASURE, room) if room >= 44 else (WIDTH - MARGIN - 50, 378, 50, 42)
    parts.append(window(ground + art, box, (WIDTH, _SCENE)))
    parts.append(rect((MARGIN, 364), (MEASURE, 1.5), colours.soft))
    x: float = MARGIN
    if canvas.year:
        face = canvas.faces.for_capitals(canvas.year)
        size = 38 / face.cap
        parts.append(face.draw(canvas.year, TextPosition(x, 418, size), colours.ink))
        x += face.width(canvas.year) * size + 14
    for k, genre in enumerate(canvas.genres[:3]):
        face = canvas.faces.for_capitals(genre.upper())
        limit = (WIDTH - MARGIN - 58 - x) / (face.width(genre.upper()) * 12 or 1)
        position = TextPosition(x, 388 + 15 * k, 12, min(1.0, limit))
        parts.append(face.draw(genre.upper(), position, colours.soft))
    return "".join(parts)


def contour(canvas: PosterCanvas) -> str:
    """Rings in the shape of the film's genres, and the title in a serif."""
    face = canvas.faces.for_prose(canvas.title)
    block = set_title(canvas.title, MEASURE, face, _SERIF)
    first = _BASELINE - block.leading * (len(block.lines) - 1)
    top = first - block.size * 0.85
    colours = canvas.palette
    fade = (
        '<linearGradient id="fade" x1="0" y1="0" x2="0" y2="1">'
        f'<stop offset="0" stop-color="{colours.ground}" stop-opacity="0"/>'
        f'<stop offset="1" stop-color="{colours.ground}"/></linearGradient>'
        f'<rect y="{n(top - 90)}" width="{WIDTH}" height="91" fill="url(#fade)"/>'
        f'<rect y="{n(top)}" width="{WIDTH}" height="{n(HEIGHT - top)}" fill="{colours.ground}"/>'
    )
    lines = "".join(
        face.draw(line, TextPosition(MARGIN, first + k * block.leading, block.size), colours.ink)
        for k, line in enumerate(block.lines)
    )
    return _rings(canvas, max(110.0, top * 0.48)) + fade + lines + small_type(canvas, MARGIN, 419)


def _rings(canvas: PosterCanvas, middle: float) -> str:
    """Nested outlines that lean to one side; each genre of the film adds its own wave to them."""
    d = canvas.random
    at = (WIDTH * d.between(0.36, 0.64), middle * d.between(0.8, 1.1))
    lean = (d.between(-9, 9), d.between(-8, 8))  # from each ring to the next
    order = list(SCENES)
    waves = [
        (2 + order.index(genre) % 7, 0.09 / (1 + k), d.between(0, math.tau))
        for k, genre in enumerate(canvas.genres)
        if genre in SCENES
    ] or [(3, 0.06, d.between(0, math.tau))]
    waves.append((2, d.between(0.02, 0.14), d.between(0, math.tau)))  # no two films are as round
    rings = []
    for ring, fill in enumerate(canvas.palette.rings):
        radius = WIDTH * 0.98 * (1 - ring / (len(canvas.palette.rings) + 0.4)) ** 1.15
        heart = (at[0] + ring * lean[0], at[1] + ring * lean[1])
        outline = []
        for step in range(56):
            angle = step * math.tau / 56
            swell = sum(a * math.sin(f * angle + p + ring * 0.42) for f, a, p in waves)
            outline.append(around(heart, radius * (1 + swell), math.degrees(angle)))
        rings.append(polygon(outline, fill))
    return "".join(rings)
