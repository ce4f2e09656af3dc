"""Movies that a data set lists under several ids: two ids of one movie never share a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from online.types import Movie
from sparrow.arrays import Int
from sparrow.signals.models.item_stats import ItemStats

_YEARS = 10_000  # more than any year of release, so that title and year make one key


@dataclass(frozen=True, eq=False)
class Duplicates:
    """Which items of the catalogue are the same movie under other ids.

    A *group* is all items of one movie. False where every movie has a single id: then no method
    looks at its items.
    """

    group: Int  # (movies,) item_index of the group's most rated item, which represents it
    repeated: np.ndarray  # (movies,) bool: the group has further items
    members: Mapping[int, Int]  # representative → its group's item_index, where it has several

    @classmethod
    def find(cls, movies: Sequence[Movie], titles: Sequence[str], stats: ItemStats) -> Duplicates:
        """Items of the same title and year are one movie, unless an external id says otherwise.

        `titles` are those of the `movies` as search compares them. Without a title or a year
        nothing is known to be the same, and no movie is compared with more than its namesakes.
        """
        named = np.fromiter(map(bool, titles), dtype=bool, count=len(titles))
        known = np.flatnonzero(named & ~np.isnan(stats.year))
        names = pa.array(titles, pa.string()).dictionary_encode().indices.to_numpy()
        keys = names[known].astype(np.int64) * _YEARS + stats.year[known].astype(np.int64)
        _, which, counts = np.unique(keys, return_inverse=True, return_counts=True)
        namesakes, keys = known[counts[which] > 1], keys[counts[which] > 1]
        order = np.lexsort((-stats.count[namesakes], keys))
        cuts = np.flatnonzero(np.diff(keys[order])) + 1
        group, members = np.arange(len(movies)), {}
        for same_name in np.split(namesakes[order], cuts):
            for items in _group_same_movies(movies, same_name):
                group[items] = items[0]
                if len(items) > 1:
                    members[int(items[0])] = items
        return cls(group, np.isin(group, list(members)), members)

    def __bool__(self) -> bool:
        return bool(self.members)

    @cached_property
    def surplus(self) -> int:
        """How many items a list of the whole catalogue leaves out."""
        return sum(len(items) - 1 for items in self.members.values())

    def ids_of_movie(self, item: int) -> Int:
        """All items of a movie, itself among them."""
        alone = np.array([item])
        return self.members.get(int(self.group[item]), alone) if self.members else alone

    def with_duplicates(self, items: Int) -> Int:
        """These items, and behind them all of those that are the same movies."""
        if not self.members:
            return items
        groups = np.unique(self.group[items[self.repeated[items]]])
        return np.concatenate([items, *(self.members[group] for group in groups.tolist())])

    def representatives(self, items: Int) -> Int:
        """For each item the one that stands for its movie: (n,)."""
        return self.group[items] if self.members else items

    def is_first_of_group(self, items: Int) -> np.ndarray:
        """Where `deduplicate` keeps an item of a list: (n,) bool."""
        first = np.ones(len(items), dtype=bool)
        if self.members:
            places = np.flatnonzero(self.repeated[items])
            _, kept = np.unique(self.group[items[places]], return_index=True)
            first[places] = False
            first[places[kept]] = True
        return first

    def deduplicate(self, items: Int) -> Int:
        """The items of a list, best first, whose movie has no place before theirs."""
        kept: Int = items[self.is_first_of_group(items)] if self.members else items
        return kept

    def count(self, items: Int) -> int:
        """How many movies these items are, each of which is listed once."""
        return int(np.count_nonzero(self.is_first_of_group(items))) if self.members else len(items)


def _group_same_movies(movies: Sequence[Movie], same_name: Int) -> list[Int]:
    """Items of one title and year by movie; each joins the first that no external id denies."""
    found: list[list[int]] = []
    for item in same_name.tolist():
        for items in found:
            if not any(_have_different_ids(movies[item], movies[other]) for other in items):
                items.append(item)
                break
        else:
            found.append([item])
    return [np.array(items) for items in found]


def _have_different_ids(one: Movie, other: Movie) -> bool:
    """Whether IMDb or TMDB knows two movies; an id that is missing says nothing."""
    ids = ((one.imdb_id, other.imdb_id), (one.tmdb_id, other.tmdb_id))
    return any(a and b and a != b for a, b in ids)
