"""A viewer's page: taste, recommended films and history."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from online.service import Service
from online.types import Movie, Query, Rating, Viewer
from sparrow.errors import NotFoundError
from webui.views.cards import Card, picks
from webui.views.pager import SIZE, Pager, offset, pager
from webui.views.rows import ROW, Row, row

GENRES = 10


@dataclass(frozen=True)
class Rated:
    """One line of a history."""

    rating: Rating
    movie: Movie


@dataclass(frozen=True)
class Profile:
    """A viewer, as the page shows one."""

    viewer: Viewer
    taste: tuple[tuple[str, float], ...]  # (genre, share of ratings), most first
    recommended: Row
    history: tuple[Rated, ...]  # newest first
    pager: Pager

    @property
    def widest(self) -> float:
        """The largest share, which fills the chart's width."""
        return max((share for _, share in self.taste), default=1.0)


async def profile(service: Service, user_id: int, page: int) -> Profile:
    """The page of a viewer; NotFoundError for an unknown one."""
    viewer = await service.viewer(user_id)
    recommended = await row("Recommended", None, partial(_recommended, service, user_id))
    start = offset(page)
    return Profile(
        viewer,
        viewer.genre_shares[:GENRES],
        recommended,
        _history(service, viewer.ratings[start : start + SIZE]),
        pager(f"/user/{user_id}", {}, page, len(viewer.ratings)),
    )


async def _recommended(service: Service, user_id: int) -> tuple[Card, ...]:
    return picks((await service.recommend(Query(user_id, limit=2 * ROW))).items)


def _history(service: Service, ratings: tuple[Rating, ...]) -> tuple[Rated, ...]:
    """Ratings with their films; a film that has left the catalogue leaves the list too."""
    lines = []
    for rating in ratings:
        try:
            lines.append(Rated(rating, service.movie(rating.movie_id)))
        except NotFoundError:
            continue
    return tuple(lines)
