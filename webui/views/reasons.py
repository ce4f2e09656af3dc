"""The engine's reasons in the page's language: a sentence is known by its shape."""

from __future__ import annotations

import re
from collections.abc import Callable

SENTENCES = (
    "Because you rated %(film)s ★%(stars)s",
    "Because you rated %(film)s",
    "Because you looked at %(film)s",
    "Often watched together with %(film)s, which you gave ★%(stars)s",
    "Often watched together with %(film)s",
    "Like %(film)s, which you rated ★%(stars)s; hardly anybody has rated it yet",
    "Like %(film)s; hardly anybody has rated it yet",
    "Fits your taste by its genres and year; hardly anybody has rated it yet",
    "Fits your taste for %(genre)s",
    "Among the newest films, of %(year)s",
    "Liked by %(count)s of the viewers whose taste is most like yours",
    "Similar to %(film)s",
    "Watched by viewers like you",
    "Well rated by the few who know it",
    "New in the catalogue",
    "Close to your taste",
    "Popular with viewers",
    "Watched a lot these days",
)
"""What sources say, the more particular sentence before the one that it extends."""

_PART = re.compile(r"%\((\w+)\)s")
_STARS = r"(?P<stars>[\d.]+)"


def in_language(reason: str, gettext: Callable[[str], str]) -> str:
    """A reason translated, its film as it is; a rule's own words stay as they were written."""
    for sentence, shape in _SHAPES:
        found = shape.fullmatch(reason)
        if found:
            words = found.groupdict()
            if "genre" in words:
                words["genre"] = gettext(words["genre"])
            return gettext(sentence) % words
    return reason


def _shape(sentence: str) -> re.Pattern[str]:
    pieces = _PART.split(sentence)
    parts = [_STARS if name == "stars" else f"(?P<{name}>.+)" for name in pieces[1::2]]
    text = [re.escape(piece) for piece in pieces[::2]]
    return re.compile(text[0] + "".join(p + t for p, t in zip(parts, text[1:], strict=True)))


_SHAPES = tuple((sentence, _shape(sentence)) for sentence in SENTENCES)
