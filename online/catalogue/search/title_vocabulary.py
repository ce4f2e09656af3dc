"""The words that titles consist of, and which of them a typed word may stand for."""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections.abc import Iterable, Iterator

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

_LAST = chr(sys.maxunicode)  # sorts behind every letter, and is in no word

ONE_EDIT = 5
TWO_EDITS = 9
"""Letters from which a title's word is found with one letter wrong, and with two."""

ONE_EDIT_UNKNOWN = 4
"""The same where no title has a word that begins as typed: "wras" is "wars", "dark" no "park"."""


class Vocabulary:
    """Words in alphabetical order, each named by its place."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = sorted(words)
        lengths = np.array([len(word) for word in self.words], dtype=np.int64)
        self._by_length = np.argsort(lengths, kind="stable")
        self._lengths = lengths[self._by_length]
        self._ordered = [self.words[place] for place in self._by_length]

    def __len__(self) -> int:
        return len(self.words)

    def starting_with(self, prefix: str) -> slice:
        """Places of the words that start so; of the very word first, where there is it."""
        first = bisect_left(self.words, prefix)
        return slice(first, bisect_left(self.words, prefix + _LAST, lo=first))

    def near(self, word: str) -> Iterator[tuple[int, int]]:
        """Places of the words one or two edits from `word`, and how many, the farthest first.

        An edit is a letter too much, missing, or wrong, or two neighbours exchanged: optimal string
        alignment (Boytsov, "Indexing methods for approximate dictionary searching", 2011).
        """
        begun = self.starting_with(word)
        one_edit = ONE_EDIT if begun.start < begun.stop else ONE_EDIT_UNKNOWN
        for edits, from_length in ((2, TWO_EDITS), (1, one_edit)):
            shortest = max(len(word) - edits, from_length)
            ends = np.searchsorted(self._lengths, [shortest, len(word) + edits + 1])
            candidates = self._ordered[ends[0] : ends[1]]
            if candidates:
                distance = cdist(
                    [word], candidates, scorer=OSA.distance, score_cutoff=edits, dtype=np.uint8
                )[0]
                for place in self._by_length[ends[0] + np.flatnonzero(distance == edits)]:
                    yield int(place), edits
