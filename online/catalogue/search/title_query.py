"""What a search asks for: words, compared without case and accents, and years of release."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_WORD = re.compile(r"\w+")
_APOSTROPHES = str.maketrans("", "", "'’`´")
_WORD_SEPARATORS = str.maketrans(dict.fromkeys("'’`´", " "))
_TRANSLITERATION = str.maketrans({"ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d"})
_YEARS = re.compile(r"(?<!\S)y[:：](\d{4})(?:-(\d{4}))?(?!\S)", re.IGNORECASE)


def words(text: str) -> list[str]:
    """The words of a text as search compares them: "Amélie's" → ["amelies"]."""
    text = text.translate(_APOSTROPHES)
    if text.isascii():  # as nearly all titles are: nothing to decompose
        return _WORD.findall(text.casefold())
    text = unicodedata.normalize("NFKD", text).casefold()
    parts = unicodedata.normalize("NFKD", text.translate(_TRANSLITERATION))
    return _WORD.findall("".join(c for c in parts if not unicodedata.combining(c)))


def title_words(title: str) -> set[str]:
    """What a title is found by: "d'Amélie" by "damelie", as a query reads it, and by "amelie"."""
    return {*words(title), *words(title.translate(_WORD_SEPARATORS))}


@dataclass(frozen=True)
class SearchQuery:
    """A search as it was typed: `matrix y:1999`, `story y:1990-1999`."""

    words: tuple[str, ...]  # each once
    years: tuple[tuple[int, int], ...]  # spans, both ends included, that all have to hold

    @classmethod
    def parse(cls, text: str) -> SearchQuery:
        """Read any text; what is not a span of years is words."""
        spans = tuple(_span(*match.groups()) for match in _YEARS.finditer(text))
        return cls(tuple(dict.fromkeys(words(_YEARS.sub(" ", text)))), spans)

    def rewritten(self, words: tuple[str, ...]) -> str:
        """What to type for other words and the same years."""
        spans = (f"y:{a}" if a == b else f"y:{a}-{b}" for a, b in self.years)
        return " ".join([*words, *spans])


def _span(first: str, last: str | None) -> tuple[int, int]:
    ends = int(first), int(last or first)
    return min(ends), max(ends)
