"""The one place where movie titles and genre lists are parsed, whatever data set they come from."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass

# "The" of many languages, as data sets put it behind a comma at a title's end.
_ARTICLES = frozenset(
    ("The", "the", "A", "a", "An", "an", "La", "Le", "Les", "L'", "L’", "Un", "Une", "El", "Los",
     "Las", "Una", "Lo", "Il", "I", "Gli", "Der", "Die", "Das", "Ein", "Eine", "Den", "Det", "En",
     "Ett", "Et", "De", "Het", "O", "Os", "Um", "Uma")
)  # fmt: skip
_YEAR = re.compile(r"\(\s*((?:18[7-9]|19\d|20\d)\d)\s*(?:[-–—]\s*(?:\d{2}|\d{4})?\s*)?\)")
_MEDIUM = re.compile(r"\(\s*(?:V|TV|VG|TV series|TV movie|mini)\s*\)", re.IGNORECASE)
_ALSO = re.compile(r"^(?:a\.?k\.?a\.?|also known as)[\s:]+", re.IGNORECASE)
_ENCLOSED = re.compile(r'^"([^"]*)"$')
# A bracket that belongs to the title: "Mesrine (Part 1)", "Birdman: Or (…)".
_CONTINUES = re.compile(
    r"^(?:(?:part|pt|vol|volume|episode|season|chapter|no|nr)\b.*|[\divxlc]+)$", re.IGNORECASE
)
_LEADS_ON = re.compile(r"(?:[:–—-]|\b(?:or|and))$", re.IGNORECASE)
_NO_GENRE = frozenset({"", "(no genres listed)", "unknown"})
_GENRE_SPELLINGS = {"Children's": "Children"}


@dataclass(frozen=True)
class Title:
    """A movie's name as a reader expects it.

    title: reading order ("The American President"), without year; empty only if nothing was given.
    year: of release, of the first season for a series; None where the text names none.
    also: foreign and alternative names from brackets behind the title, in their order.
    """

    title: str
    year: int | None = None
    also: tuple[str, ...] = ()


def parse_title(raw: str) -> Title:
    """Read a title such as "City of Lost Children, The (Cité des enfants perdus, La) (1995)".

    Never raises and never loses all of the text; parsing a parsed title changes nothing. Numbers
    that are not in brackets ("2001: A Space Odyssey") belong to the title.
    """
    text, year = _clean(raw), None
    also: list[str] = []
    while True:
        before = text
        text, found = _without_year(text)
        year = year or found
        text, name = _without_bracket(text)
        if name:
            also.insert(0, name)
        text = _clean(_article_first(text))
        if text == before:
            return Title(text, year, tuple(dict.fromkeys(name for name in also if name != text)))


def parse_genres(names: Iterable[str]) -> list[str]:
    """Genres sorted and in one spelling for all data sets; empty where the data set lists none."""
    stripped = (name.strip() for name in names)
    known = {_GENRE_SPELLINGS.get(name, name) for name in stripped if name not in _NO_GENRE}
    return sorted(known)


def _clean(text: str) -> str:
    while (unescaped := html.unescape(text)) != text:  # "&amp;amp;" occurs
        text = unescaped
    text = " ".join(text.split())
    while (enclosed := _ENCLOSED.match(text)) and enclosed[1].strip():
        text = enclosed[1].strip()
    return text


def _without_year(text: str) -> tuple[str, int | None]:
    years = list(_YEAR.finditer(text))
    if not years:
        return text, None
    rest = _MEDIUM.sub(" ", _YEAR.sub(" ", text)).strip()
    return rest or text, int(years[-1][1])


def _without_bracket(text: str) -> tuple[str, str | None]:
    """Take the last bracket off the end, unless the title reads on into it."""
    start = _opening(text)
    head, inner = text[:start].rstrip(), text[start + 1 : -1].strip()
    if start <= 0 or not head or _LEADS_ON.search(head) or _CONTINUES.match(inner):
        return text, None
    return head, _clean(_article_first(_clean(_ALSO.sub("", inner))))


def _opening(text: str) -> int:
    """Where the bracket that closes at the end of `text` opens; -1 if none does."""
    if not text.endswith(")"):
        return -1
    depth = 0
    for position in range(len(text) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(text[position], 0)
        if depth == 0:
            return position
    return -1


def _article_first(text: str) -> str:
    head, comma, article = text.rpartition(",")
    article = article.strip()
    if not comma or article not in _ARTICLES or not head.strip():
        return text
    space = "" if article.endswith(("'", "’")) else " "
    return f"{article}{space}{head.strip()}"
