"""The engine: `online.engine.service.Service` over one loaded release.

An engine is immutable and a new release gets a new engine, so a request that keeps its engine
reads a single release.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np

from online.bandits.reward_recorder import RewardRecorder
from online.catalogue.catalogue_queries import CatalogueQueries
from online.engine.feedback import Feedback, WriteOutcome
from online.engine.rating_prediction import PredictedRating, predict_ratings
from online.engine.recommender import Recommender
from online.experiments.experiment_hooks import ExperimentHooks
from online.flow.stages import Request
from online.serving.loaded_release import LoadedRelease
from online.types import (
    BrowseQuery,
    Movie,
    MovieList,
    Page,
    Query,
    RatingHistory,
    ResponseBasis,
    TasteGroup,
    UserLists,
    UserProfile,
)
from online.users.live_update import AnonymousSession
from online.users.onboarding.elicitation import ElicitationState, select_movies_to_rate
from online.users.stated_preferences import StatedPreferences
from online.users.taste_profile import TasteProfile, taste_profile
from online.users.user_state import UserState
from online.users.user_store import UserStore
from online.users.visit import in_current_visit
from sparrow.errors import DependencyError, NotFoundError
from sparrow.feedback.event import Event, EventType
from sparrow.feedback.event_log import EventLog


class Engine(CatalogueQueries):
    """Recommends, describes and finds the movies of one release."""

    def __init__(
        self,
        serving: LoadedRelease,
        log: EventLog,
        observe: Callable[[Page], None] = lambda _: None,
        hooks: ExperimentHooks = ExperimentHooks(),
        users: UserStore | None = None,
    ) -> None:
        """`log` stores events; `observe` is called with each computed page, for the metrics.

        `users` are those of the release, unless given.
        """
        super().__init__(serving.catalogue)
        self.serving = serving
        self._users = serving.users if users is None else users
        self._log, self._observe, self._hooks = log, observe, hooks
        self._feedback = Feedback(log, serving.catalogue, self._users)
        self._rewards = RewardRecorder(serving.rewards)
        self._recommender = Recommender(serving, self._users, hooks, observe)

    def with_request_cache(self) -> Engine:
        """The same engine, which reads each user once."""
        users = self._users.with_request_cache()
        return Engine(self.serving, self._log, self._observe, self._hooks, users)

    async def recommend(self, query: Query) -> Page:
        """A personal list; for an unknown user popular and new movies."""

        async def load(query: Query) -> Request:
            user = await self._users(query.user_id)
            at = int(time.time()) if query.at is None else query.at
            return Request(query, user, self._catalogue, at)

        return await self._recommender.page(query, load)

    async def recommend_anonymous(self, session: AnonymousSession, query: Query) -> Page:
        """A list for an anonymous user; nothing is stored."""
        self._feedback.check("ratings", session.ratings)
        self._feedback.check("session", session.clicked_ids)
        self._catalogue.check_genres("genres", session.stated.genres)
        at = int(time.time()) if query.at is None else query.at

        async def load(query: Query) -> Request:
            return Request(query, self._users.session(session, at), self._catalogue, at)

        return await self._recommender.page(query, load)

    async def is_page_unchanged(self, query: Query, basis: ResponseBasis, request_id: str) -> bool:
        """Whether a query gets the page of this basis again; if so, its impression is recorded."""
        return await self._recommender.is_page_unchanged(query, basis, request_id)

    async def user(self, user_id: int) -> UserProfile:
        """Profile and history, the newest rating first.

        Raises NotFoundError for an unknown user, DependencyError while Redis is down.
        """
        state = await self._require_user(user_id)
        age = float(state.row["user_age"])
        shares = state.row["user_genre_share"].reshape(-1)
        order = [g for g in np.argsort(-shares, kind="stable") if shares[g] > 0]
        return UserProfile(
            user_id=user_id,
            age=None if np.isnan(age) else int(age),
            ratings=state.ratings(),
            genre_shares=tuple((self._catalogue.genre_names[g], float(shares[g])) for g in order),
            degraded=state.stale_reason is not None,
        )

    async def history(self, user_id: int) -> RatingHistory:
        """The ratings of a user; raises as `user` does."""
        state = await self._require_user(user_id)
        await self.serving.slates.begin(state)
        basis = ResponseBasis(user_id, state.version) if state.is_current else None
        return RatingHistory(state.history, basis)

    async def is_history_unchanged(self, basis: ResponseBasis) -> bool:
        """Whether `history` would return the same as for this basis."""
        if not await self.serving.slates.unchanged(basis):
            return False
        self._users.touch(basis.user_id)
        return True

    async def seen(self, user_id: int | None) -> dict[int, float]:
        """Movie id → the user's rating; empty for an unknown user.

        Raises DependencyError while Redis is down, since an empty answer would be wrong.
        """
        return dict((await self._current_user(user_id)).ratings_by_movie)

    async def record(self, events: Sequence[Event]) -> list[WriteOutcome]:
        """Stores events, which count from the next request on; the outcome of each, in order."""
        outcomes = await self._feedback.record(events)
        stored = [e for e, outcome in zip(events, outcomes, strict=True) if outcome == "stored"]
        clicks = [e for e in stored if e.type == "click" and not e.undo]
        users = await self._users.refresh(
            cached={e.user_id for e in events if e.type != "impression"},
            others={e.user_id for e in clicks},
        )
        self._rewards.clicked(clicks, users)
        return outcomes

    async def create_user(self, ratings: Mapping[int, float], stated: StatedPreferences) -> int:
        """The id of a new user with these ratings, 0.5 … 5 by movie id."""
        self._catalogue.check_genres("genres", stated.genres)
        return await self._feedback.create_user(ratings, stated)

    async def set_preferences(self, user_id: int, stated: StatedPreferences) -> None:
        """Replaces a user's stated preferences."""
        self._catalogue.check_genres("genres", stated.genres)
        await self._feedback.set_preferences(user_id, stated)

    async def stated_preferences(self, user_id: int) -> StatedPreferences:
        """A user's stated preferences; empty for an unknown user."""
        return (await self._current_user(user_id)).stated

    def taste_groups(self) -> tuple[TasteGroup, ...]:
        """The taste groups of the release."""
        return self.serving.tastes.groups

    def preferences_from_points(self, points: Mapping[str, int]) -> StatedPreferences:
        """Stated preferences from points by the id of a taste group."""
        return self.serving.tastes.preferences(points)

    async def movies_to_rate(
        self, user_id: int | None, limit: int, exclude: Collection[int] = ()
    ) -> tuple[Movie, ...]:
        """Movies whose rating is most informative, without those that were offered before."""
        return self._select_movies_to_rate(await self._current_user(user_id), limit, exclude)

    def movies_to_rate_anonymous(
        self, session: AnonymousSession, limit: int, exclude: Collection[int] = ()
    ) -> tuple[Movie, ...]:
        """The same for an anonymous user."""
        self._feedback.check("ratings", session.ratings)
        state = self._users.session(session, int(time.time()))
        return self._select_movies_to_rate(state, limit, exclude)

    def _select_movies_to_rate(
        self, state: UserState, limit: int, exclude: Collection[int]
    ) -> tuple[Movie, ...]:
        tastes = self.serving.tastes
        answers = ElicitationState.of(state, tastes, np.array(list(exclude), dtype=np.int64))
        return self._catalogue.movies_at(select_movies_to_rate(tastes, answers, limit))

    async def erase(self, user_id: int) -> None:
        """Deletes all that is stored of a user."""
        await self._feedback.erase(user_id)

    async def watchlist(self, user_id: int) -> tuple[Movie, ...]:
        """A user's watchlist, the newest first."""
        state = await self._require_user(user_id)
        return self._catalogue.movies_at(self._catalogue.item_index(state.watchlist)[::-1])

    async def marks(self, user_id: int | None) -> UserLists:
        """A user's watchlist and hidden movies; empty for an unknown user."""
        state = await self._current_user(user_id)
        return UserLists(
            frozenset(state.watchlist.tolist()),
            frozenset(state.hidden.tolist()),
            self.other_ids(np.concatenate([state.history["movie_id"], state.hidden]).tolist()),
        )

    async def movies_shown_in_session(self, user_id: int) -> frozenset[int]:
        """Movies with an impression in the user's current visit."""
        shown = (await self._current_user(user_id)).recent_events(EventType.IMPRESSION)
        movies = shown["movie_id"][in_current_visit(shown["timestamp"], int(time.time()))]
        return frozenset(movies.tolist())

    async def taste(self, user_id: int) -> TasteProfile:
        """A user's taste compared with the catalogue."""
        return taste_profile(await self._require_user(user_id), self._catalogue)

    async def _require_user(self, user_id: int) -> UserState:
        state = await self._current_user(user_id)
        if not state.exists:
            raise NotFoundError(f"There is no user {user_id}.")
        return state

    async def _current_user(self, user_id: int | None) -> UserState:
        state = await self._users(user_id)
        if state.error is not None:
            raise DependencyError(f"User {user_id} cannot be read now: {state.error}")
        return state

    async def predict_ratings(
        self, user_id: int | None, movie_ids: Sequence[int]
    ) -> list[PredictedRating | None]:
        """The predicted rating of each movie, None where there are too few ratings.

        Raises DependencyError while Redis is down, NotFoundError for an unknown movie.
        """
        for movie_id in movie_ids:
            self._catalogue.item(movie_id)
        return predict_ratings(
            self._catalogue.rating_predictor, await self._current_user(user_id), movie_ids
        )

    async def browse(self, query: BrowseQuery) -> MovieList:
        """The matching movies, sorted and paged."""
        self._catalogue.check_genres("genres", query.genres)
        matching = self.matching(query)
        if query.hide_seen_by is not None:
            state = await self._current_user(query.hide_seen_by)
            done = np.concatenate([state.history["movie_id"], state.watched, state.hidden])
            matching[self._catalogue.item_index_all_ids(done)] = False
        order = self._catalogue.orders[query.sort]
        found = order[matching[order]]
        shown = found[query.offset : query.offset + query.limit]
        return MovieList(self._catalogue.movies_at(shown), len(found))

    def models(self) -> tuple[str, ...]:
        """Ranking models that `Query.model` may name, the default first."""
        return self.serving.models

    def sample_users(self, count: int) -> tuple[int, ...]:
        """Ids of users with enough ratings for a demonstration."""
        return self.serving.sample_users[:count]
