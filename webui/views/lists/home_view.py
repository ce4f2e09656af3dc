"""The home page: for nobody in particular, or for a viewer."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from online.engine.service import Service
from online.types import ChartName, Movie, Page, Viewer
from sparrow.errors import InvalidRequestError, NotFoundError, SparrowError
from webui.formatting.urls import query, segment
from webui.views.lists.list_controls import NEUTRAL, Tuning
from webui.views.lists.personal_rows import Lists
from webui.views.lists.refresh_form import Others
from webui.views.shared.cards import Card, cards
from webui.views.shared.rows import PATIENCE, ROW, Row, fill
from webui.views.shared.user_marks import Own

CHARTS: dict[ChartName, str] = {
    "popular": "Popular",
    "trending": "Trending",
    "top-rated": "Top rated",
    "latest": "Latest",
    "hidden-gems": "Hidden gems",
}
"""Names of the lists that are the same for everybody."""

WATCHLIST = Row("On your watchlist", "/watchlist", again="/rows/watchlist")

GENRE_ROWS = 4
BECAUSE_ROWS = 2
RECENT = 20  # ratings among which the best are looked for
LOVED = 4.0  # stars
DEMO_VIEWERS = 8
FAN = 5


@dataclass(frozen=True)
class Home:
    """The rows of a home page, and what ranked them."""

    rows: tuple[Row, ...]
    ranked: Page | None = None  # None: nobody is looking, or ranking failed
    viewers: tuple[int, ...] = ()  # whom a visitor may browse as
    models: tuple[str, ...] = ()  # that may rank the page
    model: str | None = None  # that was asked to
    tuning: Tuning = NEUTRAL

    @property
    def others(self) -> Others | None:
        """Asks for other top picks, where there are any."""
        if self.ranked is None or not self.ranked.items:
            return None
        return Others(ROW, None, self.model, self.tuning)

    @property
    def fan(self) -> tuple[Card, ...]:
        """Films whose posters adorn the invitation: not those right below it."""
        filled = [row.cards for row in self.rows if row.cards]
        return filled[1][:FAN] if len(filled) > 1 else ()


async def home_for_nobody(service: Service, demo: bool) -> Home:
    """Charts and genres, and an invitation to be somebody."""
    names: tuple[ChartName, ...] = ("popular", "top-rated", "trending", "latest", "hidden-gems")
    rows = [
        await fill(chart_row(name), partial(chart_cards, service, name, Own()), PATIENCE)
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
    service: Service, user_id: int, own: Own, model: str | None, tuning: Tuning
) -> Home:
    """Top picks, films like loved ones, new ones, the watchlist, the viewer's genres, and a chart.

    `own` is what the viewer said of films, as far as that can be told.
    """
    models = service.models()
    if model is not None and model not in models:
        raise InvalidRequestError("model", f"Expected one of {', '.join(models)}, got {model}.")
    lists = Lists(service, user_id, own, model, tuning=tuning)
    rows = []
    viewer = await _known(service, user_id)
    rows.append(await _picks(lists, None))
    for movie in _loved(service, viewer):
        rows.append(await fill(because_row(movie), partial(lists.like, movie), PATIENCE))
    rows.append(await fill(new_row(model, lists.shown), lists.new, PATIENCE))
    if own.watchlist:
        rows.append(await fill(WATCHLIST, lists.wanted, PATIENCE))
    for genre in await _own_genres(service, viewer):
        rows.append(await _picks(lists, genre))
    trending = partial(chart_cards, service, "trending", own)  # there while ranking is away, too
    rows.append(await fill(chart_row("trending"), trending, PATIENCE))
    return Home(_shown(rows), lists.first, models=models, model=model, tuning=tuning)


async def _picks(lists: Lists, genre: str | None) -> Row:
    empty = pick_row(genre, lists.model, lists.shown, lists.tuning)
    patience = None if genre is None else PATIENCE  # the first row is what one came for
    return await fill(empty, partial(lists.next, genre), patience)


def because_row(movie: Movie) -> Row:
    """A row of films like one that the viewer loved, still empty."""
    href, again = f"/movie/{movie.movie_id}#similar", f"/rows/because/{movie.movie_id}"
    return Row("Because you rated %(film)s", href, again=again, film=movie.title)


def pick_row(genre: str | None, model: str | None, shown: tuple[int, ...], tuning: Tuning) -> Row:
    """A personal row, still empty; alone it shows none of the films `shown`."""
    tuned = tuning.parameters() if genre is None else {}
    wish = {"genre": genre, "model": model, "exclude": list(shown) or None, **tuned}
    title = "Top picks for you" if genre is None else "%(genre)s for you"
    href = "/for-you" + query({"genre": genre, **tuned})
    return Row(title, href, genre, "/rows/picks" + query(wish))


def new_row(model: str | None, shown: tuple[int, ...]) -> Row:
    """The row of new films, still empty; alone it shows none of the films `shown`."""
    again = "/rows/new" + query({"model": model, "exclude": list(shown) or None})
    return Row("New for you", "/for-you" + query({"freshness": 1}), again=again)


def chart_row(name: ChartName) -> Row:
    """A chart's row, still empty."""
    return Row(CHARTS[name], f"/collection/{name}", None, f"/rows/{name}")


def _shown(rows: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(row for row in rows if row.worth_showing)


async def _known(service: Service, user_id: int) -> Viewer | None:
    try:
        return await service.viewer(user_id)
    except SparrowError:
        return None


def _loved(service: Service, viewer: Viewer | None) -> tuple[Movie, ...]:
    """The films that the viewer rated best of late, if well."""
    recent = viewer.ratings[:RECENT] if viewer else ()
    best = sorted(recent, key=lambda rating: -rating.score)
    loved = [rating.movie_id for rating in best if rating.score >= LOVED]
    found = []
    for movie_id in loved[:BECAUSE_ROWS]:
        with suppress(NotFoundError):  # has left the catalogue
            found.append(service.movie(movie_id))
    return tuple(found)


async def _own_genres(service: Service, viewer: Viewer | None) -> tuple[str, ...]:
    """The genres that the viewer watches most; by taste, as far as that was told, while few are.

    The catalogue's while nothing is known of the viewer.
    """
    watched = [genre for genre, _ in viewer.genre_shares] if viewer else []
    if viewer and len(viewer.ratings) < RECENT:
        tastes = sorted((await service.taste(viewer.user_id)).genres, key=lambda g: -g.taste)
        watched = [each.genre for each in tastes if each.taste > 0] + watched
    return tuple(dict.fromkeys(watched))[:GENRE_ROWS] or service.genres()[:GENRE_ROWS]


async def _chart(service: Service, name: ChartName, genre: str | None) -> tuple[Card, ...]:
    return cards(service.chart(name, genre, ROW), Own())


async def chart_cards(service: Service, name: ChartName, own: Own) -> tuple[Card, ...]:
    """A chart's first films with which the viewer is not done."""
    done = len(own.ratings) + len(own.hidden) + len(own.duplicates)
    movies = service.chart(name, None, ROW + done)
    return cards([m for m in movies if not own.done_with(m.movie_id)][:ROW], own)
