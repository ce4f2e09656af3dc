"""Search over titles: words or their beginnings in any order, with a wrong letter or two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from online.catalogue.search.title_query import SearchQuery, title_words, words
from online.catalogue.search.title_vocabulary import Vocabulary
from sparrow.arrays import Int

_PREFIX = 1
_TYPO = 1 << 8  # of one edit: no number of prefixes in a query weighs as much
_EXACT = -1  # the words asked for are all that a title has
_ABSENT = 1 << 24

MAX_WORDS = 32
"""Words of a query that are looked at; no title needs more to be told from all others."""


@dataclass(frozen=True)
class TitleMatches:
    """What a search found, and what may have been meant."""

    item_index: Int  # best first
    suggestion: str | None = None  # a query that finds movies without a typing error


class SearchIndex:
    """Words of titles and years of release, each with the positions of its movies."""

    def __init__(self, titles: Sequence[str], years: Sequence[int | None], popularity: Int) -> None:
        """`popularity` holds all positions, the best known movie first."""
        postings: dict[str, list[int]] = defaultdict(list)
        sizes = []
        for position, (title, year) in enumerate(zip(titles, years, strict=True)):
            sizes.append(len(set(words(title))))
            for word in title_words(title) | ({str(year)} if year else set()):
                postings[word].append(position)
        self._vocabulary = Vocabulary(postings)
        found = [np.array(postings[word]) for word in self._vocabulary.words]
        self._positions = np.concatenate([np.empty(0, dtype=np.int64), *found])
        self._starts = np.cumsum([0, *map(len, found)])  # of each word in `_positions`, and the end
        self._sizes = np.array(sizes, dtype=np.int64)  # words a title
        self._years = np.array([year or np.nan for year in years], dtype=float)
        self._place = np.empty(len(popularity), dtype=np.int64)
        self._place[popularity] = np.arange(len(popularity))

    def find(self, text: str) -> TitleMatches:
        """Titles that have each word of `text`; `y:1995` and `y:1990-1999` bound their years.

        First those with exactly these words, then those with words that begin so, then those that
        differ by typing errors; among equals the best known. A text with neither word nor years
        finds nothing.
        """
        query = SearchQuery.parse(text)
        if not query.words and not query.years:
            return TitleMatches(np.empty(0, dtype=np.int64))
        costs, kept = self._in_years(query), list[str]()
        asked = query.words[:MAX_WORDS]
        for word in asked:
            more = costs + self._costs(word)
            if (more < _ABSENT).any():
                costs = more
                kept.append(word)
        costs[(costs == 0) & (self._sizes == len(kept))] = _EXACT
        item_index = np.flatnonzero(costs < _ABSENT)
        order: Int = item_index[np.lexsort((self._place[item_index], costs[item_index]))]
        complete = len(kept) == len(asked)
        typed = complete and len(order) > 0 and costs[order[0]] < _TYPO
        meant = None if typed or not kept else self._suggestion(query, kept, order[0])
        return TitleMatches(order if complete else order[:0], meant)

    def _in_years(self, query: SearchQuery) -> np.ndarray:
        """`(movies,)` int64: 0 where a movie is of the years asked for."""
        costs = np.zeros(len(self._place), dtype=np.int64)
        for first, last in query.years:
            costs[~((self._years >= first) & (self._years <= last))] = _ABSENT  # NaN is neither
        return costs

    def _costs(self, word: str) -> np.ndarray:
        """`(movies,)` int64: how far from `word` the nearest word of each title is."""
        costs = np.full(len(self._place), _ABSENT)
        for place, edits in self._vocabulary.near(word):
            costs[self._movies(slice(place, place + 1))] = edits * _TYPO
        begun = self._vocabulary.starting_with(word)
        costs[self._movies(begun)] = _PREFIX
        if begun.start < begun.stop and self._vocabulary.words[begun.start] == word:
            costs[self._movies(slice(begun.start, begun.start + 1))] = 0
        return costs

    def _movies(self, places: slice) -> Int:
        """Positions of the titles with one of these words."""
        found: Int = self._positions[self._starts[places.start] : self._starts[places.stop]]
        return found

    def _suggestion(self, query: SearchQuery, words: list[str], position: int) -> str:
        """A query for some of the words, typed as the title at `position` has them."""
        return query.rewritten(tuple(self._closest_word(word, position) for word in words))

    def _closest_word(self, word: str, position: int) -> str:
        """The word of a title that a typed one stands for; itself where the title's begins so."""
        meant = word
        for place, _ in self._vocabulary.near(word):
            if position in self._movies(slice(place, place + 1)):
                meant = self._vocabulary.words[place]
        return word if position in self._movies(self._vocabulary.starting_with(word)) else meant
