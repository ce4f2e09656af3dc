"""Search over titles: the start of each word, in any order, whatever the case and accents."""

from __future__ import annotations

import re
import sys
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from sparrow.events import Int

_LAST = chr(sys.maxunicode)  # sorts behind every letter, and is in no word
_WORD = re.compile(r"\w+")
_APOSTROPHES = str.maketrans("", "", "'’`´")
_APART = str.maketrans(dict.fromkeys("'’`´", " "))
_UNDECOMPOSED = str.maketrans({"ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d"})


def words(text: str) -> list[str]:
    """The words of a text as search compares them: "Amélie's" → ["amelies"]."""
    text = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).casefold()
    parts = unicodedata.normalize("NFKD", text.translate(_UNDECOMPOSED))
    return _WORD.findall("".join(c for c in parts if not unicodedata.combining(c)))


class SearchIndex:
    """Words of titles in alphabetical order, each with the positions of its movies."""

    def __init__(self, titles: Iterable[str], popularity: Int) -> None:
        """`popularity` holds all positions, the best known movie first."""
        postings: dict[str, set[int]] = defaultdict(set)
        for position, title in enumerate(titles):
            # "d'Amélie" is found by "damelie", as a query's words read, and by "amelie"
            for word in words(title) + words(title.translate(_APART)):
                postings[word].add(position)
        self._words = sorted(postings)
        found = [np.array(sorted(postings[word])) for word in self._words]
        self._positions = np.concatenate([np.empty(0, dtype=np.int64), *found])
        self._starts = np.cumsum([0, *map(len, found)])  # of each word in `_positions`, and the end
        self._place = np.empty(len(popularity), dtype=np.int64)
        self._place[popularity] = np.arange(len(popularity))

    def find(self, text: str) -> Int:
        """Positions of titles with a word starting with each word of `text`, best known first.

        A text without a word (only punctuation) finds nothing.
        """
        wanted = words(text)
        if not wanted:
            return np.empty(0, dtype=np.int64)
        found = np.ones(len(self._place), dtype=bool)
        for word in wanted:
            found &= self._starting_with(word)
        positions = np.flatnonzero(found)
        ordered: Int = positions[np.argsort(self._place[positions])]
        return ordered

    def _starting_with(self, prefix: str) -> np.ndarray:
        first = bisect_left(self._words, prefix)
        behind = bisect_left(self._words, prefix + _LAST, lo=first)
        mask = np.zeros(len(self._place), dtype=bool)
        mask[self._positions[self._starts[first] : self._starts[behind]]] = True
        return mask
