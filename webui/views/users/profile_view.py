"""A viewer's page: taste, recommended films and history."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal

from online.engine.service import Service
from online.types import Query, Rating, Viewer
from online.users.taste_profile import GenreTaste
from sparrow.errors import NotFoundError
from webui.views.shared.cards import Card, picks
from webui.views.shared.pager import SIZE, Pager, offset, pager
from webui.views.shared.predicted_ratings import with_expected
from webui.views.shared.rows import ROW, Row, row
from webui.views.shared.user_marks import Own
from webui.views.users.rating_summary import Rated, Ratings, ratings

GENRES = 10

HistorySort = Literal["newest", "oldest", "best", "worst", "title"]
SORTS: dict[HistorySort, str] = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "best": "Best first",
    "worst": "Worst first",
    "title": "A to Z",
}
_KEYS: dict[HistorySort, Callable[[Rated], Any]] = {
    "newest": lambda line: -line.rating.timestamp,
    "oldest": lambda line: line.rating.timestamp,
    "best": lambda line: -line.rating.score,
    "worst": lambda line: line.rating.score,
    "title": lambda line: line.movie.title.casefold(),
}


@dataclass(frozen=True)
class HistoryWish:
    """Which part of a history is wanted."""

    sort: HistorySort = "newest"
    genre: str | None = None
    page: int = 1


@dataclass(frozen=True)
class Profile:
    """A viewer, as the page shows one."""

    viewer: Viewer
    taste: tuple[GenreTaste, ...]  # what the viewer rates most first
    ratings: Ratings
    recommended: Row
    history: tuple[Rated, ...]  # the wanted page
    pager: Pager
    wish: HistoryWish
    sorts: Mapping[HistorySort, str]

    @property
    def widest(self) -> float:
        """The largest share, which fills the chart's width."""
        return max((max(line.share, line.catalogue_share) for line in self.taste), default=1.0)


async def profile(
    service: Service, user_id: int, wish: HistoryWish, own: Own, mine: bool
) -> Profile:
    """The page of a viewer, which is `mine` or not; NotFoundError for an unknown one."""
    viewer, known = await service.viewer(user_id), await service.taste(user_id)
    recommended = await row(
        "Recommended",
        None,
        partial(_recommended, service, Query(user_id, limit=2 * ROW, shown=mine), own, mine),
    )
    lines = _history(service, viewer.ratings)
    found = [line for line in lines if wish.genre is None or wish.genre in line.movie.genres]
    found.sort(key=_KEYS[wish.sort])
    start = offset(wish.page)
    fields = {"sort": None if wish.sort == "newest" else wish.sort, "genre": wish.genre}
    return Profile(
        viewer,
        tuple(genre for genre in known.genres if genre.share > 0)[:GENRES],
        ratings(lines),
        recommended,
        tuple(found[start : start + SIZE]),
        pager(f"/user/{user_id}", fields, wish.page, len(found)),
        wish,
        SORTS,
    )


async def history_csv(service: Service, user_id: int) -> str:
    """All of a viewer's ratings, newest first, as CSV; NotFoundError for an unknown viewer."""
    viewer = await service.viewer(user_id)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("movie_id", "title", "year", "rating", "rated_at"))
    for line in _history(service, viewer.ratings):
        movie, rating = line.movie, line.rating
        at = datetime.fromtimestamp(rating.timestamp, UTC).isoformat()
        writer.writerow((movie.movie_id, _inert(movie.title), movie.year, rating.score, at))
    return text.getvalue()


def _inert(text: str) -> str:
    """A title that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) else text


async def _recommended(service: Service, query: Query, own: Own, mine: bool) -> tuple[Card, ...]:
    """The viewer's picks; the stars to expect are told to nobody else."""
    found = picks((await service.recommend(query)).items, own)
    return await with_expected(service, query.user_id, found) if mine else found


def _history(service: Service, ratings: Iterable[Rating]) -> tuple[Rated, ...]:
    """Ratings with their films; a film that has left the catalogue leaves the list too."""
    lines = []
    for rating in ratings:
        try:
            lines.append(Rated(rating, service.movie(rating.movie_id)))
        except NotFoundError:
            continue
    return tuple(lines)
