"""Browsing the catalogue by genre, year and rating."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from online.engine.service import Service
from online.types import BrowseQuery, Sort
from webui.formatting.urls import query
from webui.views.shared.cards import Card, cards
from webui.views.shared.pager import SIZE, Pager, offset, pager
from webui.views.shared.user_marks import Own

SORTS: dict[Sort, str] = {
    "popularity": "Most popular",
    "rating": "Best rated",
    "year": "Newest",
    "title": "A to Z",
}


@dataclass(frozen=True)
class Relaxed:
    """The same search without one of its conditions."""

    label: str  # a message, which may name `%(genre)s`
    genre: str  # the one left out, or empty
    href: str
    total: int


@dataclass(frozen=True)
class Browse:
    """One page of the films that match."""

    wish: BrowseQuery
    genres: tuple[str, ...]  # to choose from
    cards: tuple[Card, ...]
    pager: Pager
    relaxed: tuple[Relaxed, ...]  # ways out when nothing matches
    sorts: Mapping[Sort, str]


async def browse(service: Service, wish: BrowseQuery, page: int, own: Own) -> Browse:
    """Films that match `wish`, whose limit and offset are set from `page` (from 1)."""
    found = await service.browse(replace(wish, limit=SIZE, offset=offset(page)))
    walk = pager("/browse", parameters(wish), page, found.total)
    relaxed = () if found.total else await _relaxed(service, wish)
    return Browse(wish, service.genres(), cards(found.movies, own), walk, relaxed, SORTS)


def parameters(wish: BrowseQuery) -> dict[str, object]:
    """The form's fields for `wish`; those that ask for nothing are None."""
    return {
        "genres": list(wish.genres) or None,
        "match": wish.match if len(wish.genres) > 1 else None,
        "year_from": wish.year_from,
        "year_to": wish.year_to,
        "min_rating": wish.min_rating,
        "min_votes": wish.min_votes,
        "hide_seen": None if wish.hide_seen_by is None else "1",
        "sort": wish.sort if wish.sort != "popularity" else None,
    }


async def _relaxed(service: Service, wish: BrowseQuery) -> tuple[Relaxed, ...]:
    """For each condition of `wish`: what is found without it, if anything; the most first."""
    ways = []
    for label, genre, other in _loosened(wish):
        total = (await service.browse(replace(other, limit=1))).total
        if total:
            ways.append(Relaxed(label, genre, "/browse" + query(parameters(other)), total))
    return tuple(sorted(ways, key=lambda way: -way.total))


def _loosened(wish: BrowseQuery) -> list[tuple[str, str, BrowseQuery]]:
    every = [
        (
            "without %(genre)s",
            genre,
            replace(wish, genres=tuple(g for g in wish.genres if g != genre)),
        )
        for genre in wish.genres
    ]
    if len(wish.genres) > 1 and wish.match == "all":
        every.append(("any of these genres", "", replace(wish, match="any")))
    if wish.year_from is not None or wish.year_to is not None:
        every.append(("any year", "", replace(wish, year_from=None, year_to=None)))
    if wish.min_rating is not None:
        every.append(("any average", "", replace(wish, min_rating=None)))
    if wish.min_votes is not None:
        every.append(("any number of ratings", "", replace(wish, min_votes=None)))
    if wish.hide_seen_by is not None:
        every.append(("with films you have rated", "", replace(wish, hide_seen_by=None)))
    return every
