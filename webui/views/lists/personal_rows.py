"""A viewer's lists for the rows of the home page."""

from __future__ import annotations

from dataclasses import replace

from online.engine.service import Service
from online.types import Movie, Page, Query
from webui.views.lists.list_controls import NEUTRAL, Tuning
from webui.views.shared.cards import Card, cards, picks
from webui.views.shared.predicted_ratings import with_expected
from webui.views.shared.rows import ROW
from webui.views.shared.user_marks import Own

NEW_YEARS = 3
"""The catalogue's last years, whose films are new."""


class Lists:
    """One personal list after the other; no film comes twice."""

    def __init__(
        self,
        service: Service,
        user_id: int | None,
        own: Own,
        model: str | None,
        shown: tuple[int, ...] = (),
        tuning: Tuning = NEUTRAL,
    ) -> None:
        self._service = service
        self._user_id = user_id
        self._own = own
        self.model = model
        self.shown = shown
        self.tuning = tuning
        self.first: Page | None = None

    async def next(self, genre: str | None) -> tuple[Card, ...]:
        """The viewer's next list, of one genre, or of all as it is tuned."""
        wish = Query(self._user_id, genre=genre)
        return await self._page(self.tuning.of(wish) if genre is None else wish)

    async def _page(self, wish: Query) -> tuple[Card, ...]:
        wish = replace(wish, limit=ROW, model=self.model, exclude=self.shown)
        page = await self._service.recommend(wish)
        self.first = self.first or page
        self.shown += tuple(item.movie.movie_id for item in page.items)
        return await self._expecting(picks(page.items, self._own))

    async def new(self) -> tuple[Card, ...]:
        """What the viewer would like best of the catalogue's last years."""
        newest = [movie.year for movie in self._service.chart("latest", None, 1)]
        if not newest or newest[0] is None:
            return ()
        return await self._page(Query(self._user_id, year_from=newest[0] - NEW_YEARS + 1))

    async def like(self, movie: Movie) -> tuple[Card, ...]:
        """Films like one, with which the viewer is not done and which no row before shows."""
        near = self._service.similar(movie.movie_id, "embedding", 8 * ROW)
        shown = {*self.shown, *self._service.other_ids(self.shown)}
        fresh = [other for other in near if other.movie_id not in shown]
        found = [other for other in fresh if not self._own.done_with(other.movie_id)][:ROW]
        self.shown += tuple(other.movie_id for other in found)
        return await self._expecting(cards(found, self._own))

    async def wanted(self) -> tuple[Card, ...]:
        """The newest films of the viewer's watchlist."""
        if self._user_id is None:
            return ()
        found = (await self._service.watchlist(self._user_id))[:ROW]
        self.shown += tuple(movie.movie_id for movie in found)
        return await self._expecting(cards(found, self._own))

    async def _expecting(self, found: tuple[Card, ...]) -> tuple[Card, ...]:
        return await with_expected(self._service, self._user_id, found)
