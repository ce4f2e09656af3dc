"""Breaking a title into lines."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from webui.posters.drawing.typography import Face

UNTITLED = "Untitled"


@dataclass(frozen=True)
class Block:
    """A title broken into lines of one size."""

    lines: tuple[str, ...]
    size: float  # of the em; baselines stand `leading` apart
    leading: float


Steps = tuple[tuple[float, int], ...]
"""Sizes from the largest, each with how many lines of it there may be."""


def set_title(title: str, measure: float, face: Face, steps: Steps) -> Block:
    """Wrap a title to `measure` in the largest size that holds it.

    Words longer than a line are divided, and what the smallest size cannot hold ends in "…".
    """
    words = title.split()
    for size, most in steps:
        lines = _wrap(words, measure / size, face)
        if len(lines) <= most and not _divides(words, measure / size, face):
            return _block(lines, size)
    size, most = steps[-1]
    lines = _wrap(words, measure / size, face)
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


def balanced(words: list[str], count: int, face: Face) -> list[str]:
    """Words on `count` lines, the widest of which is as narrow as can be."""
    widths = [face.width(word) for word in words]
    space = face.width(" ")
    low, high = max(widths), sum(widths) + space * len(words)
    for _ in range(24):  # halving finds the narrowest measure that still needs no more lines
        middle = (low + high) / 2
        low, high = (low, middle) if len(_fill(widths, middle, space)) <= count else (middle, high)
    ends = _fill(widths, high, space)
    starts = [0, *ends[:-1]]
    return [" ".join(words[start:end]) for start, end in zip(starts, ends, strict=True)]


def _fill(widths: list[float], measure: float, space: float) -> list[int]:
    """Where lines end when each takes what the measure holds."""
    ends, used = [], 0.0
    for position, width in enumerate(widths):
        if position and used + space + width > measure:
            ends.append(position)
            used = width
        else:
            used += width + (space if position else 0)
    return [*ends, len(widths)]


def _wrap(words: list[str], measure: float, face: Face) -> list[str]:
    lines: list[str] = []
    for word in words:
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and face.width(joined) <= measure:
            lines[-1] = joined
        else:
            lines.extend(_pieces(word, measure, face))
    return lines


def _pieces(word: str, measure: float, face: Face) -> list[str]:
    pieces = [""]
    for ch in word:
        if pieces[-1] and face.width(pieces[-1] + ch) > measure:
            pieces.append("")
        pieces[-1] += ch
    return pieces


def _divides(words: list[str], measure: float, face: Face) -> bool:
    """Whether a word of letters would have to be divided; scripts without spaces may."""
    return any(
        face.width(word) > measure
        and not any(unicodedata.east_asian_width(ch) in "WF" for ch in word)
        for word in words
    )


def _block(lines: list[str], size: float) -> Block:
    return Block(tuple(lines), size, round(size * 0.94, 1))


def spread(parts: tuple[str, ...], measure: float, face: Face) -> str:
    """Small type on one line: as many of `parts`, divided by slashes, as the measure holds."""
    options = [" / ".join(parts[:count]) for count in range(len(parts), 0, -1)]
    fitting = (text for text in options if face.width(text) <= measure)
    return next(fitting, options[-1] if options else "")
