"""A user's page: taste, recommended films and history."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal

from online.engine.service import Service
from online.types import Query, Rating, UserProfile
from online.users.taste_profile import GenreTaste
from sparrow.errors import NotFoundError
from webui.views.shared.cards import Card, picks
from webui.views.shared.pager import SIZE, Pager, offset, pager
from webui.views.shared.predicted_ratings import with_predicted_ratings
from webui.views.shared.rows import ROW, Row, row
from webui.views.shared.user_marks import UserMarks
from webui.views.users.rating_summary import HistoryLine, RatingSummary, ratings

GENRES = 10

HistorySort = Literal["newest", "oldest", "best", "worst", "title"]
SORTS: dict[HistorySort, str] = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "best": "Best first",
    "worst": "Worst first",
    "title": "A to Z",
}
_KEYS: dict[HistorySort, Callable[[HistoryLine], Any]] = {
    "newest": lambda line: -line.rating.timestamp,
    "oldest": lambda line: line.rating.timestamp,
    "best": lambda line: -line.rating.score,
    "worst": lambda line: line.rating.score,
    "title": lambda line: line.movie.title.casefold(),
}


@dataclass(frozen=True)
class HistoryQuery:
    """Which part of a history is wanted."""

    sort: HistorySort = "newest"
    genre: str | None = None
    page: int = 1


@dataclass(frozen=True)
class Profile:
    """A user, as the page shows one."""

    user: UserProfile
    taste: tuple[GenreTaste, ...]  # what the user rates most first
    ratings: RatingSummary
    recommended: Row
    history: tuple[HistoryLine, ...]  # the wanted page
    pager: Pager
    query: HistoryQuery
    sorts: Mapping[HistorySort, str]

    @property
    def widest(self) -> float:
        """The largest share, which fills the chart's width."""
        return max((max(line.share, line.catalogue_share) for line in self.taste), default=1.0)


async def profile(
    service: Service, user_id: int, query: HistoryQuery, marks: UserMarks, mine: bool
) -> Profile:
    """The page of a user, which is `mine` or not; NotFoundError for an unknown one."""
    user, known = await service.user(user_id), await service.taste(user_id)
    recommended = await row(
        "Recommended",
        None,
        partial(
            _recommended, service, Query(user_id, limit=2 * ROW, log_impression=mine), marks, mine
        ),
    )
    lines = _history(service, user.ratings)
    found = [line for line in lines if query.genre is None or query.genre in line.movie.genres]
    found.sort(key=_KEYS[query.sort])
    start = offset(query.page)
    fields = {"sort": None if query.sort == "newest" else query.sort, "genre": query.genre}
    return Profile(
        user,
        tuple(genre for genre in known.genres if genre.share > 0)[:GENRES],
        ratings(lines),
        recommended,
        tuple(found[start : start + SIZE]),
        pager(f"/user/{user_id}", fields, query.page, len(found)),
        query,
        SORTS,
    )


async def history_csv(service: Service, user_id: int) -> str:
    """All of a user's ratings, newest first, as CSV; NotFoundError for an unknown user."""
    user = await service.user(user_id)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("movie_id", "title", "year", "rating", "rated_at"))
    for line in _history(service, user.ratings):
        movie, rating = line.movie, line.rating
        at = datetime.fromtimestamp(rating.timestamp, UTC).isoformat()
        writer.writerow((movie.movie_id, _inert(movie.title), movie.year, rating.score, at))
    return text.getvalue()


def _inert(text: str) -> str:
    """A title that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) else text


async def _recommended(
    service: Service, query: Query, marks: UserMarks, mine: bool
) -> tuple[Card, ...]:
    """The user's picks; the stars to expect are told to nobody else."""
    found = picks((await service.recommend(query)).items, marks)
    return await with_predicted_ratings(service, query.user_id, found) if mine else found


def _history(service: Service, ratings: Iterable[Rating]) -> tuple[HistoryLine, ...]:
    """RatingSummary with their films; a film that has left the catalogue leaves the list too."""
    lines = []
    for rating in ratings:
        try:
            lines.append(HistoryLine(rating, service.movie(rating.movie_id)))
        except NotFoundError:
            continue
    return tuple(lines)
