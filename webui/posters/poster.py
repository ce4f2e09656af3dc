"""A poster as one SVG: one of three compositions of a film's title, genres and year."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import xxhash

from webui.posters.compositions import contour, letterpress, motif
from webui.posters.drawing.palette import palette
from webui.posters.drawing.poster_canvas import HEIGHT, WIDTH, Sheet
from webui.posters.drawing.seeded_random import Dice
from webui.posters.drawing.title_layout import UNTITLED, clean
from webui.posters.drawing.typography import Faces
from webui.posters.scenes.scene_by_genre import main_genre

EDITION = "5"
"""Changes with the drawing, so that kept posters are drawn anew."""

_SHARES = (motif,) * 5 + (letterpress,) * 3 + (contour,) * 2
"""How often each composition comes."""


@dataclass(frozen=True)
class Subject:
    """What a poster is drawn from; equal subjects have equal posters."""

    movie_id: int
    title: str
    year: int | None
    genres: tuple[str, ...]

    @property
    def version(self) -> str:
        """Eight hex digits that change when the drawing would."""
        facts = f"{EDITION}\0{self.movie_id}\0{self.title}\0{self.year}\0{'|'.join(self.genres)}"
        return xxhash.xxh32_hexdigest(facts.encode("utf-8", "surrogatepass"))


def draw(subject: Subject, faces: Faces) -> str:
    """The poster of a film: valid XML for any title, without style, script or font of its own."""
    dice = Dice(subject.movie_id)
    compose = _SHARES[dice.below(len(_SHARES))]
    genre = main_genre(subject.genres)
    name = clean(subject.title) or UNTITLED
    sheet = Sheet(
        title=name,
        year=str(subject.year) if subject.year else "",
        genres=tuple(clean(each) for each in subject.genres),
        main=genre,
        palette=palette(genre, subject.year, dice),
        dice=dice,
        faces=faces,
    )
    label = escape(name)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" role="img" aria-label="{label}"><title>{label}</title>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{sheet.palette.ground}"/>'
        f"{compose(sheet)}</svg>"
    )
