"""A user's lists for the rows of the home page."""

from __future__ import annotations

from dataclasses import replace

from online.engine.service import Service
from online.types import Movie, Page, Query
from webui.views.lists.list_controls import NO_CONTROLS, ListControls
from webui.views.shared.cards import Card, cards, picks
from webui.views.shared.predicted_ratings import with_predicted_ratings
from webui.views.shared.rows import ROW
from webui.views.shared.user_marks import UserMarks

NEW_YEARS = 3
"""The catalogue's last years, whose films are new."""


class PersonalRows:
    """One personal list after the other; no film comes twice."""

    def __init__(
        self,
        service: Service,
        user_id: int | None,
        marks: UserMarks,
        model: str | None,
        shown: tuple[int, ...] = (),
        list_controls: ListControls = NO_CONTROLS,
    ) -> None:
        self._service = service
        self._user_id = user_id
        self._marks = marks
        self.model = model
        self.shown = shown
        self.list_controls = list_controls
        self.first: Page | None = None

    async def next(self, genre: str | None) -> tuple[Card, ...]:
        """The user's next list, of one genre, or of all as it is tuned."""
        query = Query(self._user_id, genre=genre)
        return await self._page(self.list_controls.of(query) if genre is None else query)

    async def _page(self, query: Query) -> tuple[Card, ...]:
        query = replace(query, limit=ROW, model=self.model, exclude=self.shown)
        page = await self._service.recommend(query)
        self.first = self.first or page
        self.shown += tuple(item.movie.movie_id for item in page.items)
        return await self._with_predictions(picks(page.items, self._marks))

    async def new(self) -> tuple[Card, ...]:
        """What the user would like best of the catalogue's last years."""
        newest = [movie.year for movie in self._service.chart("latest", None, 1)]
        if not newest or newest[0] is None:
            return ()
        return await self._page(Query(self._user_id, year_from=newest[0] - NEW_YEARS + 1))

    async def like(self, movie: Movie) -> tuple[Card, ...]:
        """Films like one, with which the user is not done and which no row before shows."""
        near = self._service.similar(movie.movie_id, "embedding", 8 * ROW)
        shown = {*self.shown, *self._service.other_ids(self.shown)}
        fresh = [other for other in near if other.movie_id not in shown]
        found = [other for other in fresh if not self._marks.is_finished(other.movie_id)][:ROW]
        self.shown += tuple(other.movie_id for other in found)
        return await self._with_predictions(cards(found, self._marks))

    async def wanted(self) -> tuple[Card, ...]:
        """The newest films of the user's watchlist."""
        if self._user_id is None:
            return ()
        found = (await self._service.watchlist(self._user_id))[:ROW]
        self.shown += tuple(movie.movie_id for movie in found)
        return await self._with_predictions(cards(found, self._marks))

    async def _with_predictions(self, found: tuple[Card, ...]) -> tuple[Card, ...]:
        return await with_predicted_ratings(self._service, self._user_id, found)
