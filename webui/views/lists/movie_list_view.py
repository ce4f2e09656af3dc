"""Grids of films under one title: charts, personal lists, search results."""

from __future__ import annotations

from dataclasses import dataclass, replace

from online.engine.service import Service
from online.types import ChartName, Page, Query
from webui.formatting.urls import url_query
from webui.views.lists.home_view import CHARTS
from webui.views.lists.list_controls import ListControls
from webui.views.lists.refresh_form import RefreshForm
from webui.views.shared.cards import Card, cards, picks
from webui.views.shared.pager import SIZE, Pager, offset, pager
from webui.views.shared.predicted_ratings import with_predicted_ratings
from webui.views.shared.user_marks import UserMarks

CHART_LENGTH = 48

CHART_NOTES: dict[ChartName, str] = {
    "popular": "The films with the most ratings.",
    "trending": "The films people are rating now.",
    "top-rated": "The highest averages, with more weight for films with more ratings.",
    "latest": "The newest films.",
    "hidden-gems": "Little known, but well liked.",
}


@dataclass(frozen=True)
class FilterLink:
    """One way to narrow a list."""

    label: str
    href: str
    current: bool


@dataclass(frozen=True)
class MovieListView:
    """A grid of films."""

    title: str
    note: str
    cards: tuple[Card, ...]
    choices: tuple[FilterLink, ...]  # of genres
    genre: str | None = None  # that `title` may name as `%(genre)s`
    charts: tuple[FilterLink, ...] = ()  # other lists beside this one
    pager: Pager | None = None
    ranked: Page | None = None  # what ranked a personal list
    refresh: RefreshForm | None = None  # asks for other films than a personal list begins with


def chart(service: Service, name: ChartName, genre: str | None, marks: UserMarks) -> MovieListView:
    """A list that is the same for everybody; InvalidRequestError for an unknown genre."""
    movies = service.chart(name, genre, CHART_LENGTH)
    title = CHARTS[name] if genre is None else f"{CHARTS[name]}: %(genre)s"
    choices = _genres(service, f"/collection/{name}", genre)
    others = tuple(
        FilterLink(label, f"/collection/{other}" + url_query({"genre": genre}), other == name)
        for other, label in CHARTS.items()
    )
    return MovieListView(title, CHART_NOTES[name], cards(movies, marks), choices, genre, others)


async def for_you(
    service: Service, query: Query, list_controls: ListControls, marks: UserMarks, page: int
) -> MovieListView:
    """A user's personal list, page by page; InvalidRequestError for an unknown genre."""
    genre = query.genre
    ranked = await service.recommend(
        replace(list_controls.of(query), limit=SIZE, offset=offset(page))
    )
    title = "For you" if genre is None else "%(genre)s for you"
    choices = _genres(service, "/for-you", genre)
    walk = pager("/for-you", {"genre": genre, **list_controls.parameters()}, page, ranked.total)
    found = await with_predicted_ratings(service, query.user_id, picks(ranked.items, marks))
    others = RefreshForm(SIZE * page, genre, None, list_controls) if found else None
    return MovieListView(title, "", found, choices, genre, (), walk, ranked, others)


def _genres(service: Service, here: str, genre: str | None) -> tuple[FilterLink, ...]:
    everything = FilterLink("All", here, genre is None)
    return (
        everything,
        *(FilterLink(g, here + url_query({"genre": g}), g == genre) for g in service.genres()),
    )
