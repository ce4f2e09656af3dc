"""A poster as one SVG: one of three compositions of a film's title, genres and year."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import xxhash

from webui.posters.compositions import contour, letterpress, motif
from webui.posters.drawing.palette import palette
from webui.posters.drawing.poster_canvas import HEIGHT, WIDTH, PosterCanvas
from webui.posters.drawing.seeded_random import SeededRandom
from webui.posters.drawing.title_layout import UNTITLED, clean
from webui.posters.drawing.typography import Faces
from webui.posters.scenes.scene_by_genre import main_genre

EDITION = "5"
"""Changes with the drawing, so that kept posters are drawn anew."""

_SHARES = (motif,) * 5 + (letterpress,) * 3 + (contour,) * 2
"""How often each composition comes."""


@dataclass(frozen=True)
class PosterSpec:
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


def draw(spec: PosterSpec, faces: Faces) -> str:
    """The poster of a film: valid XML for any title, without style, script or font of its own."""
    random = SeededRandom(spec.movie_id)
    compose = _SHARES[random.below(len(_SHARES))]
    genre = main_genre(spec.genres)
    name = clean(spec.title) or UNTITLED
    canvas = PosterCanvas(
        title=name,
        year=str(spec.year) if spec.year else "",
        genres=tuple(clean(each) for each in spec.genres),
        main=genre,
        palette=palette(genre, spec.year, random),
        random=random,
        faces=faces,
    )
    label = escape(name)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" role="img" aria-label="{label}"><title>{label}</title>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{canvas.palette.ground}"/>'
        f"{compose(canvas)}</svg>"
    )
