"""The engine: `online.engine.service.Service` over one loaded release.

An engine never changes: following a new release means another engine. Whoever holds one for the
length of a request sees one release from beginning to end.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from online.bandits.reward_recorder import Credit
from online.catalogue.catalogue_queries import Films
from online.engine.feedback import Feedback, Recorded
from online.engine.rating_prediction import Foretold, foretell
from online.engine.recommender import ListMaker
from online.experiments.experiment_hooks import Trials
from online.flow.stages import Request
from online.serving.loaded_release import Serving
from online.types import (
    Basis,
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
from online.users.live_update import Session
from online.users.onboarding.elicitation import Answers, informative
from online.users.stated_preferences import StatedPreferences
from online.users.taste_profile import Taste, taste_of
from online.users.user_state import ViewerState
from online.users.visit import of_the_visit
from sparrow.errors import DependencyError, NotFoundError
from sparrow.feedback.event import Event, EventType
from sparrow.feedback.event_log import EventLog


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
        self._lists = ListMaker(serving, trials, observe)

    def for_one_visit(self) -> Engine:
        """The same engine, which reads each viewer once."""
        serving = replace(self.serving, viewers=self.serving.viewers.remembering())
        return Engine(serving, self._log, self._observe, self._trials)

    async def recommend(self, query: Query) -> Page:
        """A personal list; for an unknown viewer a popular and fresh one."""
        return await self._lists.page(query, self.serving.hydrate)

    async def recommend_for(self, session: Session, query: Query) -> Page:
        """A list for somebody without an id; nothing is stored of them."""
        self._feedback.check("ratings", session.ratings)
        self._feedback.check("session", session.looked_at)
        self.check_genres("genres", session.stated.genres)
        at = int(time.time()) if query.at is None else query.at

        async def hydrate(query: Query) -> Request:
            viewer = self.serving.viewers.session(session, at)
            return Request(query, viewer, self._catalogue, at)

        return await self._lists.page(query, hydrate)

    async def same_page(self, query: Query, basis: Basis, request_id: str) -> bool:
        """Whether a query gets the page of this basis again; if so, it counts as shown again."""
        return await self._lists.same_page(query, basis, request_id)

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
        state = await self._existing(user_id)
        await self.serving.held_lists.begin(state)
        basis = Basis(user_id, state.changed) if state.readable else None
        return History(state.history, basis)

    async def same_history(self, basis: Basis) -> bool:
        """Whether `history` would answer the same as when its basis was this."""
        if not await self.serving.held_lists.unchanged(basis):
            return False
        self.serving.viewers.still(basis.user_id)
        return True

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

    async def stated_preferences(self, user_id: int) -> StatedPreferences:
        """What a user stated; nothing for an unknown user."""
        return (await self._readable(user_id)).stated

    def taste_groups(self) -> tuple[TasteGroup, ...]:
        """Tastes to choose among."""
        return self.serving.tastes.groups

    def preferences_from_points(self, points: Mapping[str, int]) -> StatedPreferences:
        """What points for tastes, by their ids, state."""
        return self.serving.tastes.preferences(points)

    async def movies_to_rate(
        self, user_id: int | None, limit: int, exclude: Collection[int] = ()
    ) -> tuple[Movie, ...]:
        """Movies whose rating would say most of a user, none that they were offered before."""
        return self._to_rate(await self._readable(user_id), limit, exclude)

    def movies_to_rate_for(
        self, session: Session, limit: int, exclude: Collection[int] = ()
    ) -> tuple[Movie, ...]:
        """The same for somebody without an id."""
        self._feedback.check("ratings", session.ratings)
        state = self.serving.viewers.session(session, int(time.time()))
        return self._to_rate(state, limit, exclude)

    def _to_rate(
        self, state: ViewerState, limit: int, exclude: Collection[int]
    ) -> tuple[Movie, ...]:
        tastes = self.serving.tastes
        answers = Answers.of(state, tastes, np.array(list(exclude), dtype=np.int64))
        return self._catalogue.pick(informative(tastes, answers, limit))

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

    async def shown_this_visit(self, user_id: int) -> frozenset[int]:
        """Movies that the user was told of as shown since their visit began."""
        shown = (await self._readable(user_id)).of_kind(EventType.IMPRESSION)
        movies = shown["movie_id"][of_the_visit(shown["timestamp"], int(time.time()))]
        return frozenset(movies.tolist())

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
