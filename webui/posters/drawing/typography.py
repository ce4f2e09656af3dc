"""Letters: outlines from a table where it has them, else text that the browser sets.

The tables are made by `tools/glyphs.py` from League Gothic and DM Serif Display (SIL Open Font
Licence, beside the tables). Text of other scripts is measured with typical proportions and drawn
with SVG's `textLength`, which makes any font fill just that width: nothing can overflow.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Protocol

from webui.posters.drawing.shapes import n

FACES = Path(__file__).parent.parent / "faces"
STACK = (
    "'Noto Sans CJK SC','PingFang SC','Microsoft YaHei','Noto Sans','Arial Narrow',"
    "'Liberation Sans Narrow',sans-serif"
)


@dataclass(frozen=True)
class TextPosition:
    """Where a line of text stands, and how large."""

    x: float
    y: float  # of the baseline
    size: float  # of the em
    stretch: float = 1.0  # of widths


class Face(Protocol):
    """Something to set text with; all lengths are shares of the em."""

    @property
    def cap(self) -> float:
        """Height of capitals."""
        ...

    def width(self, text: str) -> float:
        """How wide a line is drawn."""
        ...

    def draw(self, text: str, at: TextPosition, fill: str) -> str:
        """SVG of one line."""
        ...


@dataclass(frozen=True)
class Outlines:
    """A face whose glyphs are known."""

    units: int  # of the em
    height: int  # of capitals, in units
    glyphs: dict[str, tuple[int, str]]  # character → (advance, path)

    @classmethod
    def load(cls, name: str) -> Outlines:
        """The table of this name."""
        table = json.loads((FACES / f"{name}.json").read_text())
        glyphs = {ch: (advance, path) for ch, (advance, path) in table["glyphs"].items()}
        return cls(table["units"], table["cap"], glyphs)

    @property
    def cap(self) -> float:
        """Height of capitals."""
        return self.height / self.units

    def covers(self, text: str) -> bool:
        """Whether every character has a glyph."""
        return all(ch in self.glyphs for ch in text)

    def width(self, text: str) -> float:
        """How wide a line is drawn."""
        return sum(self.glyphs[ch][0] for ch in text) / self.units

    def draw(self, text: str, at: TextPosition, fill: str) -> str:
        """One path a glyph, placed in the font's own units."""
        scale = at.size / self.units
        x, shapes = 0, []
        for ch in text:
            advance, path = self.glyphs[ch]
            if path:
                shapes.append(f'<path transform="translate({x})" d="{path}"/>')
            x += advance
        matrix = f"matrix({scale * at.stretch:.4f} 0 0 {scale:.4f} {n(at.x)} {n(at.y)})"
        return f'<g fill="{fill}" transform="{matrix}">{"".join(shapes)}</g>'


@dataclass(frozen=True)
class Fallback:
    """Whatever the browser has, made to fill its measure."""

    weight: int = 700
    cap: float = 0.74

    def width(self, text: str) -> float:
        """An estimate, which drawing makes true."""
        return sum(_advance(ch) for ch in text)

    def draw(self, text: str, at: TextPosition, fill: str) -> str:
        """One line of text as wide as measured."""
        length = n(self.width(text) * at.size * at.stretch)
        return (
            f'<text x="{n(at.x)}" y="{n(at.y)}" font-family="{STACK}" font-weight="{self.weight}" '
            f'font-size="{n(at.size)}" textLength="{length}" lengthAdjust="spacingAndGlyphs" '
            f'fill="{fill}">{escape(text)}</text>'
        )


@dataclass(frozen=True)
class Faces:
    """The faces of all posters, read once."""

    condensed: Outlines
    serif: Outlines

    @classmethod
    def load(cls) -> Faces:
        """Both tables."""
        return cls(Outlines.load("league-gothic"), Outlines.load("dm-serif-display"))

    def for_capitals(self, text: str) -> Face:
        """The condensed face, where it has all of the text."""
        return self.condensed if self.condensed.covers(text) else Fallback()

    def for_prose(self, text: str) -> Face:
        """The serif face, where it has all of the text."""
        return self.serif if self.serif.covers(text) else Fallback()


def _advance(ch: str) -> float:
    if unicodedata.combining(ch):
        return 0.0
    return 0.92 if unicodedata.east_asian_width(ch) in "WF" else 0.46
