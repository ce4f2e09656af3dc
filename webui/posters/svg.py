"""A poster as one SVG: a scene on top, the title and small type below."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import xxhash

from webui.posters.dice import Dice
from webui.posters.layout import Block, clean, set_title, spread
from webui.posters.motifs import main_genre, scene
from webui.posters.palette import Palette, palette
from webui.posters.shapes import Canvas, n

WIDTH, HEIGHT = 300, 450
MARGIN = 24
BASELINE = 388  # of the title's last line
SMALL = 12.5

CAPITALS = (
    "'League Gothic','Oswald','Bebas Neue','Franklin Gothic Demi Cond','Arial Narrow',"
    "'Liberation Sans Narrow','Roboto Condensed','Noto Sans CJK SC','PingFang SC',"
    "'Microsoft YaHei',Impact,sans-serif"
)


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
        facts = f"{self.movie_id}\0{self.title}\0{self.year}\0{'|'.join(self.genres)}"
        return xxhash.xxh32_hexdigest(facts.encode("utf-8", "surrogatepass"))


def draw(subject: Subject) -> str:
    """The poster of a film: valid XML for any title, without style, script or font of its own."""
    dice = Dice(subject.movie_id)
    genre = main_genre(subject.genres)
    colours = palette(genre, subject.year, dice)
    block = set_title(subject.title, WIDTH - 2 * MARGIN)
    top = BASELINE - block.height - 20
    art = scene(genre, Canvas(WIDTH, top, colours, dice))
    name = escape(clean(subject.title) or "Untitled")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" role="img" aria-label="{name}"><title>{name}</title>'
        f'<clipPath id="art"><rect width="{WIDTH}" height="{n(top)}"/></clipPath>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{colours.ground}"/>'
        f'<g clip-path="url(#art)">{art}</g>'
        f"{_title(block, colours)}{_small(subject, colours)}</svg>"
    )


def _title(block: Block, colours: Palette) -> str:
    first = BASELINE - block.leading * (len(block.lines) - 1)
    lines = "".join(
        f'<text x="{MARGIN}" y="{n(first + k * block.leading)}" textLength="{n(line.width)}" '
        f'lengthAdjust="spacingAndGlyphs">{escape(line.text)}</text>'
        for k, line in enumerate(block.lines)
    )
    return (
        f'<g fill="{colours.ink}" font-family="{CAPITALS}" font-weight="700" '
        f'font-size="{n(block.size)}">{lines}</g>'
    )


def _small(subject: Subject, colours: Palette) -> str:
    year = str(subject.year) if subject.year else ""
    start = MARGIN + 34
    words = start + (len(year) * SMALL * 0.55 + 10 if year else 0)
    genres = spread(tuple(clean(g).upper() for g in subject.genres), WIDTH - MARGIN - words, SMALL)
    rule = f'<rect x="{MARGIN}" y="414" width="24" height="2.5" fill="{colours.accent}"/>'
    return (
        f'{rule}<g fill="{colours.soft}" font-family="{CAPITALS}" font-size="{SMALL}" '
        f'font-weight="700"><text x="{start}" y="420">{year}</text>'
        f'<text x="{n(words)}" y="420" letter-spacing="0.5">{escape(genres)}</text></g>'
    )
