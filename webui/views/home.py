"""The home page: for nobody in particular, or for a viewer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from online.service import Service
from online.types import ChartName, Page, Query
from sparrow.errors import InvalidRequestError, SparrowError
from webui.templating import query, segment
from webui.views.cards import Card, cards, picks
from webui.views.rows import PATIENCE, ROW, Row, fill

CHARTS: dict[ChartName, str] = {
    "popular": "Popular",
    "trending": "Trending",
    "top-rated": "Top rated",
    "latest": "Latest",
    "hidden-gems": "Hidden gems",
}
"""Names of the lists that are the same for everybody."""

GENRE_ROWS = 4
DEMO_VIEWERS = 8


@dataclass(frozen=True)
class Home:
    """The rows of a home page, and what ranked them."""

    rows: tuple[Row, ...]
    ranked: Page | None = None  # None: nobody is looking, or ranking failed
    viewers: tuple[int, ...] = ()  # whom a visitor may browse as
    models: tuple[str, ...] = ()  # that may rank the page
    model: str | None = None  # that was asked to


async def home_for_nobody(service: Service, demo: bool) -> Home:
    """Charts and genres, and an invitation to be somebody."""
    names: tuple[ChartName, ...] = ("popular", "top-rated", "latest", "hidden-gems")
    rows = [
        await fill(chart_row(name), partial(chart_cards, service, name, {}), PATIENCE)
        for name in names
    ]
    for genre in service.genres()[:GENRE_ROWS]:
        films = partial(_chart, service, "popular", genre)
        rows.append(
            await fill(Row("%(genre)s", f"/genre/{segment(genre)}", genre), films, PATIENCE)
        )
    viewers = service.sample_viewers(DEMO_VIEWERS) if demo else ()
    return Home(_shown(rows), viewers=viewers)


async def home_for(
    service: Service, user_id: int, seen: dict[int, float], model: str | None
) -> Home:
    """Top picks, the viewer's genres in the viewer's order, and what is new.

    `seen` is what the viewer rated, as far as that can be told.
    """
    models = service.models()
    if model is not None and model not in models:
        raise InvalidRequestError("model", f"Expected one of {', '.join(models)}, got {model}.")
    lists = Lists(service, user_id, model)
    rows = []
    for genre in (None, *await _own_genres(service, user_id)):
        empty = pick_row(genre, model, lists.shown)
        rows.append(await fill(empty, partial(lists.next, genre), PATIENCE))
    latest = partial(chart_cards, service, "latest", seen)
    rows.append(await fill(chart_row("latest"), latest, PATIENCE))
    return Home(_shown(rows), lists.first, models=models, model=model)


def pick_row(genre: str | None, model: str | None, shown: tuple[int, ...]) -> Row:
    """A personal row, still empty; alone it shows none of the films `shown`."""
    again = "/rows/picks" + query({"genre": genre, "model": model, "exclude": list(shown) or None})
    title = "Top picks for you" if genre is None else "%(genre)s for you"
    return Row(title, f"/for-you{query({'genre': genre})}", genre, again)


def chart_row(name: ChartName) -> Row:
    """A chart's row, still empty."""
    return Row(CHARTS[name], f"/collection/{name}", None, f"/rows/{name}")


def _shown(rows: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(row for row in rows if row.worth_showing)


class Lists:
    """One personal list after the other; no film comes twice."""

    def __init__(
        self, service: Service, user_id: int, model: str | None, shown: tuple[int, ...] = ()
    ) -> None:
        self._service = service
        self._user_id = user_id
        self._model = model
        self.shown = shown
        self.first: Page | None = None

    async def next(self, genre: str | None) -> tuple[Card, ...]:
        """The viewer's next list, of one genre or of all."""
        page = await self._service.recommend(
            Query(self._user_id, limit=ROW, model=self._model, genre=genre, exclude=self.shown)
        )
        self.first = self.first or page
        self.shown += tuple(item.movie.movie_id for item in page.items)
        return picks(page.items)


async def _own_genres(service: Service, user_id: int) -> tuple[str, ...]:
    """The viewer's favourite genres; the catalogue's while nothing is known of the viewer."""
    try:
        shares = (await service.viewer(user_id)).genre_shares
    except SparrowError:
        shares = ()
    return tuple(genre for genre, _ in shares[:GENRE_ROWS]) or service.genres()[:GENRE_ROWS]


async def _chart(service: Service, name: ChartName, genre: str | None) -> tuple[Card, ...]:
    return cards(service.chart(name, genre, ROW), {})


async def chart_cards(
    service: Service, name: ChartName, seen: dict[int, float]
) -> tuple[Card, ...]:
    """A chart's first films that the viewer has not rated."""
    movies = service.chart(name, None, ROW + len(seen))
    return cards([m for m in movies if m.movie_id not in seen][:ROW], seen)
