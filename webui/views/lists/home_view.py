"""The home page: for nobody in particular, or for a user."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from online.engine.service import Service
from online.types import ChartName, Movie, Page, UserProfile
from sparrow.errors import InvalidRequestError, NotFoundError, SparrowError
from webui.formatting.urls import segment, url_query
from webui.views.lists.list_controls import NO_CONTROLS, ListControls
from webui.views.lists.personal_rows import PersonalRows
from webui.views.lists.refresh_form import RefreshForm
from webui.views.shared.cards import Card, cards
from webui.views.shared.rows import PATIENCE, ROW, Row, fill
from webui.views.shared.user_marks import UserMarks

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
DEMO_USERS = 8
FAN = 5


@dataclass(frozen=True)
class HomeView:
    """The rows of a home page, and what ranked them."""

    rows: tuple[Row, ...]
    ranked: Page | None = None  # None: nobody is looking, or ranking failed
    users: tuple[int, ...] = ()  # whom a visitor may browse as
    models: tuple[str, ...] = ()  # that may rank the page
    model: str | None = None  # that was asked to
    list_controls: ListControls = NO_CONTROLS

    @property
    def refresh(self) -> RefreshForm | None:
        """Asks for other top picks, where there are any."""
        if self.ranked is None or not self.ranked.items:
            return None
        return RefreshForm(ROW, None, self.model, self.list_controls)

    @property
    def fan(self) -> tuple[Card, ...]:
        """Films whose posters adorn the invitation: not those right below it."""
        filled = [row.cards for row in self.rows if row.cards]
        return filled[1][:FAN] if len(filled) > 1 else ()


async def home_for_nobody(service: Service, demo: bool) -> HomeView:
    """Charts and genres, and an invitation to be somebody."""
    names: tuple[ChartName, ...] = ("popular", "top-rated", "trending", "latest", "hidden-gems")
    rows = [
        await fill(chart_row(name), partial(chart_cards, service, name, UserMarks()), PATIENCE)
        for name in names
    ]
    for genre in service.genres()[:GENRE_ROWS]:
        popular = partial(_chart, service, "popular", genre)
        rows.append(
            await fill(Row("%(genre)s", f"/genre/{segment(genre)}", genre), popular, PATIENCE)
        )
    users = service.sample_users(DEMO_USERS) if demo else ()
    return HomeView(_shown(rows), users=users)


async def home_for(
    service: Service, user_id: int, marks: UserMarks, model: str | None, list_controls: ListControls
) -> HomeView:
    """Top picks, films like loved ones, new ones, the watchlist, the user's genres, and a chart.

    `own` is what the user said of films, as far as that can be told.
    """
    models = service.models()
    if model is not None and model not in models:
        raise InvalidRequestError("model", f"Expected one of {', '.join(models)}, got {model}.")
    lists = PersonalRows(service, user_id, marks, model, list_controls=list_controls)
    rows = []
    user = await _known(service, user_id)
    rows.append(await _picks(lists, None))
    for movie in _loved(service, user):
        rows.append(await fill(because_row(movie), partial(lists.like, movie), PATIENCE))
    rows.append(await fill(new_row(model, lists.shown), lists.new, PATIENCE))
    if marks.watchlist:
        rows.append(await fill(WATCHLIST, lists.wanted, PATIENCE))
    for genre in await _own_genres(service, user):
        rows.append(await _picks(lists, genre))
    trending = partial(chart_cards, service, "trending", marks)  # there while ranking is away, too
    rows.append(await fill(chart_row("trending"), trending, PATIENCE))
    return HomeView(
        _shown(rows), lists.first, models=models, model=model, list_controls=list_controls
    )


async def _picks(lists: PersonalRows, genre: str | None) -> Row:
    empty = pick_row(genre, lists.model, lists.shown, lists.list_controls)
    patience = None if genre is None else PATIENCE  # the first row is what one came for
    return await fill(empty, partial(lists.next, genre), patience)


def because_row(movie: Movie) -> Row:
    """A row of films like one that the user loved, still empty."""
    href, again = f"/movie/{movie.movie_id}#similar", f"/rows/because/{movie.movie_id}"
    return Row("Because you rated %(movie)s", href, again=again, movie=movie.title)


def pick_row(
    genre: str | None, model: str | None, shown: tuple[int, ...], list_controls: ListControls
) -> Row:
    """A personal row, still empty; alone it shows none of the films `shown`."""
    tuned = list_controls.parameters() if genre is None else {}
    query = {"genre": genre, "model": model, "exclude": list(shown) or None, **tuned}
    title = "Top picks for you" if genre is None else "%(genre)s for you"
    href = "/for-you" + url_query({"genre": genre, **tuned})
    return Row(title, href, genre, "/rows/picks" + url_query(query))


def new_row(model: str | None, shown: tuple[int, ...]) -> Row:
    """The row of new films, still empty; alone it shows none of the films `shown`."""
    again = "/rows/new" + url_query({"model": model, "exclude": list(shown) or None})
    return Row("New for you", "/for-you" + url_query({"freshness": 1}), again=again)


def chart_row(name: ChartName) -> Row:
    """A chart's row, still empty."""
    return Row(CHARTS[name], f"/collection/{name}", None, f"/rows/{name}")


def _shown(rows: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(row for row in rows if row.worth_showing)


async def _known(service: Service, user_id: int) -> UserProfile | None:
    try:
        return await service.user(user_id)
    except SparrowError:
        return None


def _loved(service: Service, user: UserProfile | None) -> tuple[Movie, ...]:
    """The films that the user rated best of late, if well."""
    recent = user.ratings[:RECENT] if user else ()
    best = sorted(recent, key=lambda rating: -rating.score)
    loved = [rating.movie_id for rating in best if rating.score >= LOVED]
    found = []
    for movie_id in loved[:BECAUSE_ROWS]:
        with suppress(NotFoundError):  # has left the catalogue
            found.append(service.movie(movie_id))
    return tuple(found)


async def _own_genres(service: Service, user: UserProfile | None) -> tuple[str, ...]:
    """The genres that the user watches most; by taste, as far as that was told, while few are.

    The catalogue's while nothing is known of the user.
    """
    watched = [genre for genre, _ in user.genre_shares] if user else []
    if user and len(user.ratings) < RECENT:
        tastes = sorted((await service.taste(user.user_id)).genres, key=lambda g: -g.taste)
        watched = [each.genre for each in tastes if each.taste > 0] + watched
    return tuple(dict.fromkeys(watched))[:GENRE_ROWS] or service.genres()[:GENRE_ROWS]


async def _chart(service: Service, name: ChartName, genre: str | None) -> tuple[Card, ...]:
    return cards(service.chart(name, genre, ROW), UserMarks())


async def chart_cards(service: Service, name: ChartName, marks: UserMarks) -> tuple[Card, ...]:
    """A chart's first films with which the user is not done."""
    done = len(marks.ratings) + len(marks.hidden) + len(marks.duplicates)
    movies = service.chart(name, None, ROW + done)
    return cards([m for m in movies if not marks.is_finished(m.movie_id)][:ROW], marks)
