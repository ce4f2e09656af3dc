"""The engine: `online.service.Service` over one loaded release.

An engine never changes: following a new release means another engine. Whoever holds one for the
length of a request sees one release from beginning to end.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from time import perf_counter

import numpy as np

from online.bandits.credit import Credit
from online.experiments.choice import Valid
from online.experiments.mixture import from_the_top, interleaved
from online.experiments.trials import Trials
from online.feedback import Feedback, Recorded
from online.films import Films
from online.flow import Request
from online.flows.menu import FLOWS, check_needs
from online.foretell import Foretold, foretell
from online.live import Session
from online.page import page_of
from online.runner import run
from online.serving import Serving
from online.stated_preferences import StatedPreferences
from online.taste import Taste, taste_of
from online.types import (
    BrowseQuery,
    History,
    Marks,
    Movie,
    MovieList,
    Page,
    Query,
    TasteGroup,
    Viewer,
)
from online.viewer_state import ViewerState
from sparrow.errors import DependencyError, NotFoundError
from sparrow.feedback.event import Event
from sparrow.feedback.log import EventLog


class Engine(Films):
    """Recommends, describes and finds the movies of one release."""

    def __init__(
        self,
        serving: Serving,
        log: EventLog,
        observe: Callable[[Page], None] = lambda _: None,
        trials: Trials = Trials(),
    ) -> None:
        """`log` takes what viewers tell; `observe` is told of each page, for the metrics."""
        super().__init__(serving.catalogue)
        self.serving = serving
        self._log = log
        self._feedback = Feedback(log, serving.catalogue, serving.viewers)
        self._observe = observe
        self._trials = trials
        self._credit = Credit(serving.rewards, serving.viewers)
        self._valid = Valid(frozenset(serving.models), frozenset(FLOWS))

    def for_one_visit(self) -> Engine:
        """The same engine, which reads each viewer once."""
        serving = replace(self.serving, viewers=self.serving.viewers.remembering())
        return Engine(serving, self._log, self._observe, self._trials)

    async def recommend(self, query: Query) -> Page:
        """A personal list; for an unknown viewer a popular and fresh one."""
        return await self._recommend(query, self.serving.hydrate)

    async def recommend_for(self, session: Session, query: Query) -> Page:
        """A list for somebody without an id; nothing is stored of them."""
        self._feedback.check("ratings", session.ratings)
        self._feedback.check("session", session.looked_at)
        self.check_genres("genres", session.stated.genres)
        at = int(time.time()) if query.at is None else query.at

        async def hydrate(query: Query) -> Request:
            viewer = self.serving.viewers.session(session, at)
            return Request(query, viewer, self._catalogue, at)

        return await self._recommend(query, hydrate)

    async def _recommend(
        self, query: Query, hydrate: Callable[[Query], Awaitable[Request]]
    ) -> Page:
        choice = self._trials.choose(query, self._valid)
        if choice.rival is None:
            page, viewer = await self._made(choice.query, hydrate)
        else:
            both = (choice.query, choice.rival)
            made = [await self._made(from_the_top(each), hydrate) for each in both]
            viewer = made[0][1]
            pages = made[0][0], made[1][0]
            page = interleaved(pages, query, choice.seed, self._catalogue.representative_ids)
        page = replace(page, variants=choice.variants)
        if query.shown and choice.exposed and not viewer.erased:
            self._trials.shown(choice, page)
            self._credit.shown(viewer, page)
        return page

    async def _made(
        self, query: Query, hydrate: Callable[[Query], Awaitable[Request]]
    ) -> tuple[Page, ViewerState]:
        start = perf_counter()
        self.check_genres("genre", [] if query.genre is None else [query.genre])
        model = self.serving.model(query.model)
        if not self.serving.is_loaded(model):
            await asyncio.to_thread(self.serving.scorer, model)
        flow = replace(self.serving.flow(query.flow, model, query.bandit), hydrate=hydrate)
        check_needs(flow, query)
        if query.movie_id is not None:
            self._catalogue.position(query.movie_id)
        request, ranked = await run(flow, query)
        viewer = request.viewer
        if not (viewer.known or viewer.error or query.strangers):
            raise NotFoundError(f"There is no viewer {query.user_id}.")
        likes = self.serving.likes(model)
        page = page_of(flow, request, ranked, (self.serving.id, start), likes)
        self._observe(page)
        return page, viewer

    async def viewer(self, user_id: int) -> Viewer:
        """Profile and history, the newest rating first.

        Raises NotFoundError for an unknown viewer, DependencyError while Redis is away.
        """
        state = await self._existing(user_id)
        age = float(state.row["user_age"])
        shares = state.row["user_genre_share"].reshape(-1)
        order = [g for g in np.argsort(-shares, kind="stable") if shares[g] > 0]
        return Viewer(
            user_id=user_id,
            age=None if np.isnan(age) else int(age),
            ratings=state.ratings(),
            genre_shares=tuple((self._catalogue.genre_names[g], float(shares[g])) for g in order),
            degraded=state.late is not None,
        )

    async def history(self, user_id: int) -> History:
        """The ratings of a viewer; raises as `viewer` does."""
        return History((await self._existing(user_id)).history)

    async def seen(self, user_id: int | None) -> dict[int, float]:
        """Movie id → the viewer's rating; empty for an unknown viewer.

        Raises DependencyError while Redis is away: "nothing" would be an untrue answer.
        """
        return dict((await self._readable(user_id)).scores)

    async def record(self, events: Sequence[Event]) -> list[Recorded]:
        """Stores what viewers did; it counts from the next request on."""
        recorded = await self._feedback.record(events)
        stored = zip(events, recorded, strict=True)
        await self._credit.clicked([event for event, outcome in stored if outcome == "stored"])
        return recorded

    async def new_viewer(self, ratings: Mapping[int, float], stated: StatedPreferences) -> int:
        """The id of a new viewer with these ratings, movie id → stars."""
        self.check_genres("genres", stated.genres)
        return await self._feedback.new_viewer(ratings, stated)

    async def set_preferences(self, user_id: int, stated: StatedPreferences) -> None:
        """Stores what a user states from now on."""
        self.check_genres("genres", stated.genres)
        await self._feedback.set_preferences(user_id, stated)

    def taste_groups(self) -> tuple[TasteGroup, ...]:
        """Tastes to choose among."""
        return self.serving.tastes.groups

    async def erase(self, user_id: int) -> None:
        """Deletes all that is stored of a viewer."""
        await self._feedback.erase(user_id)

    async def watchlist(self, user_id: int) -> tuple[Movie, ...]:
        """What a viewer wants to watch, the newest first."""
        state = await self._existing(user_id)
        return self._catalogue.pick(self._catalogue.positions(state.watchlist)[::-1])

    async def marks(self, user_id: int | None) -> Marks:
        """What a viewer wants to watch and never wants to see; nothing for an unknown viewer."""
        state = await self._readable(user_id)
        return Marks(
            frozenset(state.watchlist.tolist()),
            frozenset(state.hidden.tolist()),
            self.other_ids(np.concatenate([state.history["movie_id"], state.hidden]).tolist()),
        )

    async def taste(self, user_id: int) -> Taste:
        """A viewer's taste beside the catalogue's."""
        return taste_of(await self._existing(user_id), self._catalogue)

    async def _existing(self, user_id: int) -> ViewerState:
        state = await self._readable(user_id)
        if not state.known:
            raise NotFoundError(f"There is no viewer {user_id}.")
        return state

    async def _readable(self, user_id: int | None) -> ViewerState:
        state = await self.serving.viewers(user_id)
        if state.error is not None:
            raise DependencyError(f"Viewer {user_id} cannot be read now: {state.error}")
        return state

    async def foretell(
        self, user_id: int | None, movie_ids: Sequence[int]
    ) -> list[Foretold | None]:
        """The rating that a viewer is expected to give each film, where that can be told.

        Raises DependencyError while Redis is away, NotFoundError for an unknown film.
        """
        for movie_id in movie_ids:
            self._catalogue.position(movie_id)
        return foretell(self._catalogue.stars, await self._readable(user_id), movie_ids)

    async def browse(self, query: BrowseQuery) -> MovieList:
        """The films that match, sorted and paged."""
        self.check_genres("genres", query.genres)
        matching = self.matching(query)
        if query.hide_seen_by is not None:
            state = await self._readable(query.hide_seen_by)
            done = np.concatenate([state.history["movie_id"], state.watched, state.hidden])
            matching[self._catalogue.every_id(done)] = False
        order = self._catalogue.orders[query.sort]
        found = order[matching[order]]
        shown = found[query.offset : query.offset + query.limit]
        return MovieList(self._catalogue.pick(shown), len(found))

    def models(self) -> tuple[str, ...]:
        """Ranking models that `Query.model` may name, the default first."""
        return self.serving.models

    def sample_viewers(self, count: int) -> tuple[int, ...]:
        """Ids of viewers with a history worth looking at."""
        return self.serving.sample_viewers[:count]
