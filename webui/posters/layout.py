"""Setting a title: measured without fonts, wrapped, and as large as the poster allows.

No font is shipped, so nobody knows what a browser will draw with. Lines are measured with typical
proportions and then drawn with SVG's `textLength`, which makes every font fill just that width: the
condensed look is in the measure, and nothing can overflow.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

CONDENSED = 0.55
"""Width of the drawn letters against those of an ordinary bold sans-serif."""

_NARROW = frozenset("IJ.,:;'!|()[]’‘-·/ ")
_WIDE = frozenset("MW@%&—")


@dataclass(frozen=True)
class Line:
    """One line of text and the width it is drawn with."""

    text: str
    width: float


@dataclass(frozen=True)
class Block:
    """A set title."""

    lines: tuple[Line, ...]
    size: float  # of the letters; lines stand `leading` apart
    leading: float

    @property
    def height(self) -> float:
        """From the top of the first line's letters to the last baseline."""
        return self.size * 0.74 + self.leading * (len(self.lines) - 1)


_SIZES = ((74, 1), (65, 2), (55, 3), (46, 4), (37, 5), (29, 6), (22, 7))
"""Letter size, and how many lines of it a poster takes."""


def set_title(title: str, measure: float) -> Block:
    """Wrap a title to `measure` in the largest size that holds it.

    Words longer than a line are divided, and what the smallest size cannot hold ends in "…".
    """
    words = (clean(title) or "Untitled").upper().split()
    for size, most in _SIZES:
        lines = _wrap(words, size, measure)
        if len(lines) <= most and not _divides(words, size, measure):
            return _block(lines, size)
    size, most = _SIZES[-1]
    lines = _wrap(words, size, measure)
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1][:-1].rstrip() + "…"]
    return _block(lines, size)


def clean(text: str) -> str:
    """Text without control characters, which XML cannot carry, and with single spaces."""
    kept = (
        " " if unicodedata.category(ch) in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp") else ch
        for ch in unicodedata.normalize("NFC", text)
    )
    return " ".join("".join(kept).split())


def width(text: str, size: float) -> float:
    """How wide a line of capitals is drawn."""
    return sum(_advance(ch) for ch in text) * size


def _advance(ch: str) -> float:
    if unicodedata.combining(ch):
        return 0.0
    if unicodedata.east_asian_width(ch) in "WF":
        return 0.92
    if ch in _NARROW:
        return 0.33 * CONDENSED
    return (0.95 if ch in _WIDE else 0.7) * CONDENSED


def _wrap(words: list[str], size: float, measure: float) -> list[str]:
    lines: list[str] = []
    for word in words:
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and width(joined, size) <= measure:
            lines[-1] = joined
        else:
            lines.extend(_pieces(word, size, measure))
    return lines


def _pieces(word: str, size: float, measure: float) -> list[str]:
    pieces = [""]
    for ch in word:
        if pieces[-1] and width(pieces[-1] + ch, size) > measure:
            pieces.append("")
        pieces[-1] += ch
    return pieces


def _divides(words: list[str], size: float, measure: float) -> bool:
    """Whether a word of letters would have to be divided; scripts without spaces may."""
    return any(
        width(word, size) > measure
        and not any(unicodedata.east_asian_width(ch) in "WF" for ch in word)
        for word in words
    )


def _block(lines: list[str], size: float) -> Block:
    return Block(tuple(Line(t, width(t, size)) for t in lines), size, round(size * 0.92))


def spread(parts: tuple[str, ...], measure: float, size: float) -> str:
    """Small type on one line: as many of `parts`, divided by slashes, as the measure holds."""
    options = [" / ".join(parts[:count]) for count in range(len(parts), 0, -1)]
    fitting = (text for text in options if len(text) * size * 0.62 <= measure)
    return next(fitting, options[-1] if options else "")
