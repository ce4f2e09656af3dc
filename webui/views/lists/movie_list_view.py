"""Grids of films under one title: charts, personal lists, search results."""

from __future__ import annotations

from dataclasses import dataclass, replace

from online.engine.service import Service
from online.types import ChartName, Page, Query
from webui.formatting.urls import query
from webui.views.lists.home_view import CHARTS
from webui.views.lists.list_controls import Tuning
from webui.views.lists.refresh_form import Others
from webui.views.shared.cards import Card, cards, picks
from webui.views.shared.pager import SIZE, Pager, offset, pager
from webui.views.shared.predicted_ratings import with_expected
from webui.views.shared.user_marks import Own

CHART_LENGTH = 48

CHART_NOTES: dict[ChartName, str] = {
    "popular": "The films with the most ratings.",
    "trending": "The films people are rating now.",
    "top-rated": "The highest averages, with more weight for films with more ratings.",
    "latest": "The newest films.",
    "hidden-gems": "Little known, but well liked.",
}


@dataclass(frozen=True)
class Choice:
    """One way to narrow a list."""

    label: str
    href: str
    current: bool


@dataclass(frozen=True)
class FilmList:
    """A grid of films."""

    title: str
    note: str
    cards: tuple[Card, ...]
    choices: tuple[Choice, ...]  # of genres
    genre: str | None = None  # that `title` may name as `%(genre)s`
    charts: tuple[Choice, ...] = ()  # other lists beside this one
    pager: Pager | None = None
    ranked: Page | None = None  # what ranked a personal list
    others: Others | None = None  # asks for other films than a personal list begins with


def chart(service: Service, name: ChartName, genre: str | None, own: Own) -> FilmList:
    """A list that is the same for everybody; InvalidRequestError for an unknown genre."""
    movies = service.chart(name, genre, CHART_LENGTH)
    title = CHARTS[name] if genre is None else f"{CHARTS[name]}: %(genre)s"
    choices = _genres(service, f"/collection/{name}", genre)
    others = tuple(
        Choice(label, f"/collection/{other}" + query({"genre": genre}), other == name)
        for other, label in CHARTS.items()
    )
    return FilmList(title, CHART_NOTES[name], cards(movies, own), choices, genre, others)


async def for_you(service: Service, wish: Query, tuning: Tuning, own: Own, page: int) -> FilmList:
    """A viewer's personal list, page by page; InvalidRequestError for an unknown genre."""
    genre = wish.genre
    ranked = await service.recommend(replace(tuning.of(wish), limit=SIZE, offset=offset(page)))
    title = "For you" if genre is None else "%(genre)s for you"
    choices = _genres(service, "/for-you", genre)
    walk = pager("/for-you", {"genre": genre, **tuning.parameters()}, page, ranked.total)
    films = await with_expected(service, wish.user_id, picks(ranked.items, own))
    others = Others(SIZE * page, genre, None, tuning) if films else None
    return FilmList(title, "", films, choices, genre, (), walk, ranked, others)


def _genres(service: Service, here: str, genre: str | None) -> tuple[Choice, ...]:
    everything = Choice("All", here, genre is None)
    return (
        everything,
        *(Choice(g, here + query({"genre": g}), g == genre) for g in service.genres()),
    )
