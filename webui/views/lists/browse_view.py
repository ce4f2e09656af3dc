"""Browsing the catalogue by genre, year and rating."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from online.engine.service import Service
from online.types import BrowseQuery, Sort
from webui.formatting.urls import url_query
from webui.views.shared.cards import Card, cards
from webui.views.shared.pager import SIZE, Pager, offset, pager
from webui.views.shared.user_marks import UserMarks

SORTS: dict[Sort, str] = {
    "popularity": "Most popular",
    "rating": "Best rated",
    "year": "Newest",
    "title": "A to Z",
}


@dataclass(frozen=True)
class RelaxedFilter:
    """The same search without one of its conditions."""

    label: str  # a message, which may name `%(genre)s`
    genre: str  # the one left out, or empty
    href: str
    total: int


@dataclass(frozen=True)
class BrowseView:
    """One page of the films that match."""

    query: BrowseQuery
    genres: tuple[str, ...]  # to choose from
    cards: tuple[Card, ...]
    pager: Pager
    relaxed: tuple[RelaxedFilter, ...]  # ways out when nothing matches
    sorts: Mapping[Sort, str]


async def browse(service: Service, query: BrowseQuery, page: int, marks: UserMarks) -> BrowseView:
    """Films that match `query`, whose limit and offset are set from `page` (from 1)."""
    found = await service.browse(replace(query, limit=SIZE, offset=offset(page)))
    walk = pager("/browse", parameters(query), page, found.total)
    relaxed = () if found.total else await _relaxed(service, query)
    return BrowseView(query, service.genres(), cards(found.movies, marks), walk, relaxed, SORTS)


def parameters(query: BrowseQuery) -> dict[str, object]:
    """The form's fields for `query`; those that ask for nothing are None."""
    return {
        "genres": list(query.genres) or None,
        "match": query.match if len(query.genres) > 1 else None,
        "year_from": query.year_from,
        "year_to": query.year_to,
        "min_rating": query.min_rating,
        "min_votes": query.min_votes,
        "hide_seen": None if query.hide_seen_by is None else "1",
        "sort": query.sort if query.sort != "popularity" else None,
    }


async def _relaxed(service: Service, query: BrowseQuery) -> tuple[RelaxedFilter, ...]:
    """For each condition of `query`: what is found without it, if anything; the most first."""
    ways = []
    for label, genre, other in _loosened(query):
        total = (await service.browse(replace(other, limit=1))).total
        if total:
            ways.append(
                RelaxedFilter(label, genre, "/browse" + url_query(parameters(other)), total)
            )
    return tuple(sorted(ways, key=lambda way: -way.total))


def _loosened(query: BrowseQuery) -> list[tuple[str, str, BrowseQuery]]:
    every = [
        (
            "without %(genre)s",
            genre,
            replace(query, genres=tuple(g for g in query.genres if g != genre)),
        )
        for genre in query.genres
    ]
    if len(query.genres) > 1 and query.match == "all":
        every.append(("any of these genres", "", replace(query, match="any")))
    if query.year_from is not None or query.year_to is not None:
        every.append(("any year", "", replace(query, year_from=None, year_to=None)))
    if query.min_rating is not None:
        every.append(("any average", "", replace(query, min_rating=None)))
    if query.min_votes is not None:
        every.append(("any number of ratings", "", replace(query, min_votes=None)))
    if query.hide_seen_by is not None:
        every.append(("with films you have rated", "", replace(query, hide_seen_by=None)))
    return every
