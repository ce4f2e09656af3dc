"""Which movies a query asks about, found out once for all queries that ask about the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from online.catalogue.duplicates import Duplicates
from sparrow.arrays import Int
from sparrow.signals.models.item_stats import ItemStats

_CACHE_SIZE = 32  # scopes of a release; each has a byte per movie
_OWN_CHART_SHARE = 0.25  # share of a chart below which its movies in a subset are listed apart


@dataclass(frozen=True, eq=False)
class ItemSubset:
    """Some movies of the catalogue, and the charts as far as they are among them."""

    mask: np.ndarray  # (movies,) bool, shared by requests: never written to
    size: int  # how many there are, each counted once however many ids it has
    _charts: Mapping[str, Int]  # of the whole catalogue
    _subset_charts: dict[str, Int] = field(default_factory=dict, repr=False)

    def chart(self, name: str) -> Int:
        """A chart in which movies of the subset are not rare: the subset's own, or the catalogue's.

        So `first` finds the next one within a few places.
        """
        whole = self._charts[name]
        if self.size > _OWN_CHART_SHARE * len(self.mask):
            return whole
        if name not in self._subset_charts:
            self._subset_charts[name] = whole[self.mask[whole]]
        return self._subset_charts[name]


class SubsetCache:
    """The scopes of a release that were asked for last."""

    def __init__(
        self,
        genres: Mapping[str, np.ndarray],
        stats: ItemStats,
        cold: np.ndarray,
        duplicates: Duplicates,
        charts: Mapping[str, Int],
    ) -> None:
        """`genres` are (movies,) bool each, `cold` as well."""
        self._genres, self._stats, self._cold, self._charts = genres, stats, cold, charts
        self._duplicates = duplicates
        self.of = lru_cache(_CACHE_SIZE)(self._scope)

    def _scope(
        self,
        genre: str | None = None,
        years: tuple[int | None, int | None] = (None, None),
        min_votes: int = 0,
        cold: bool = False,
    ) -> ItemSubset:
        """What all of these hold for; `years` of release, both included, None for no bound."""
        mask = self._stats.count >= min_votes
        # NaN, the unknown, fails every comparison
        if years[0] is not None:
            mask &= self._stats.year >= years[0]
        if years[1] is not None:
            mask &= self._stats.year <= years[1]
        if genre is not None:
            mask &= self._genres[genre]
        if cold:
            mask &= self._cold
        return ItemSubset(mask, self._duplicates.count(np.flatnonzero(mask)), self._charts)


def take_matching(order: Int, count: int | None, *within: np.ndarray) -> Int:
    """The first `count` movies of an order that all of `within` hold; None: all of them.

    `within` are (movies,) bool each. Little more of the order is looked at than that takes.
    """
    found, length, start, stop = [order[:0]], 0, 0, len(order) if count is None else 2 * count
    while start < len(order) and (count is None or length < count):
        part = order[start:stop]
        for mask in within:
            part = part[mask[part]]
        found.append(part)
        length += len(part)
        start, stop = stop, 2 * stop
    return np.concatenate(found)[:count]
