"""The engine's interface to the REST layer and the pages: one call a handler.

`online.engine.engine` implements it over a release and a feature store; tests of the pages and of
the API use a fake with the same methods.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from online.engine.feedback import WriteOutcome
from online.engine.rating_prediction import PredictedRating
from online.types import (
    BrowseQuery,
    ChartName,
    Movie,
    MovieList,
    Page,
    Query,
    Rating,
    RatingHistory,
    ResponseBasis,
    SearchResult,
    SimilarBy,
    TasteGroup,
    UserLists,
    UserProfile,
)
from online.users.live_update import AnonymousSession
from online.users.stated_preferences import StatedPreferences
from online.users.taste_profile import TasteProfile
from sparrow.feedback.event import Event


class Service(Protocol):
    """The engine as handlers see it.

    Unknown movies and users raise NotFoundError; values that no release knows (a genre, a model,
    a flow) raise InvalidRequestError naming the valid ones.
    """

    def with_request_cache(self) -> Service:
        """The same, for a page that asks several things: each user is read once for it."""
        ...

    async def recommend(self, query: Query) -> Page:
        """A personal list; for an unknown user a popular and fresh one, never an error."""
        ...

    async def recommend_anonymous(self, session: AnonymousSession, query: Query) -> Page:
        """A list for somebody without an id (`query.user_id` is None); nothing is stored."""
        ...

    async def is_page_unchanged(self, query: Query, basis: ResponseBasis, request_id: str) -> bool:
        """Whether a query gets the page of this basis again; if so, it counts as shown again.

        `request_id` is that of the request which would get it.
        """
        ...

    async def is_history_unchanged(self, basis: ResponseBasis) -> bool:
        """Whether `history` would answer the same as when its basis was this."""
        ...

    async def record(self, events: Sequence[Event]) -> list[WriteOutcome]:
        """Stores what users did, in one atomic call; it counts from the next request on.

        Returns each one's outcome, in order. Raises DependencyError unless all is on the disk.
        """
        ...

    async def create_user(self, ratings: Mapping[int, float], stated: StatedPreferences) -> int:
        """The id of a new user with these ratings (movie id → stars), known from now on.

        Raises DependencyError unless it is on the disk.
        """
        ...

    async def set_preferences(self, user_id: int, stated: StatedPreferences) -> None:
        """Stores what a user states from now on, in place of what they stated before.

        Raises NotFoundError for one who was erased, DependencyError unless it is on the disk.
        """
        ...

    async def stated_preferences(self, user_id: int) -> StatedPreferences:
        """What a user stated; nothing for an unknown user.

        Raises DependencyError while users cannot be read.
        """
        ...

    def taste_groups(self) -> tuple[TasteGroup, ...]:
        """Tastes to choose among, the same for a whole release."""
        ...

    def preferences_from_points(self, points: Mapping[str, int]) -> StatedPreferences:
        """Stated preferences from points by the id of a taste group.

        Raises InvalidRequestError for an unknown id, and unless 1 … TASTE_POINTS points are given.
        """
        ...

    async def movies_to_rate(
        self, user_id: int | None, limit: int, exclude: Collection[int] = ()
    ) -> tuple[Movie, ...]:
        """Movies whose rating would say most about a user, none that they were offered before.

        `exclude` are ids of further movies to leave out. Raises DependencyError while users cannot
        be read.
        """
        ...

    def movies_to_rate_anonymous(
        self, session: AnonymousSession, limit: int, exclude: Collection[int] = ()
    ) -> tuple[Movie, ...]:
        """The same for somebody without an id."""
        ...

    async def erase(self, user_id: int) -> None:
        """Deletes all that is stored of a user, for good; again is harmless."""
        ...

    async def watchlist(self, user_id: int) -> tuple[Movie, ...]:
        """What a user wants to watch, the newest first."""
        ...

    async def marks(self, user_id: int | None) -> UserLists:
        """What a user wants to watch and never wants to see; nothing for an unknown user.

        Raises DependencyError while users cannot be read.
        """
        ...

    async def movies_shown_in_session(self, user_id: int) -> frozenset[int]:
        """Movies of which impressions were recorded since the user's visit began.

        Raises DependencyError while users cannot be read.
        """
        ...

    async def taste(self, user_id: int) -> TasteProfile:
        """A user's taste beside the catalogue's."""
        ...

    async def user(self, user_id: int) -> UserProfile:
        """Profile and history, the user's newest rating first."""
        ...

    async def history(self, user_id: int) -> RatingHistory:
        """The ratings of a user; raises as `user` does."""
        ...

    async def seen(self, user_id: int | None) -> dict[int, float]:
        """Movie id → the user's rating; empty for an unknown user.

        Raises DependencyError while users cannot be read.
        """
        ...

    def movie(self, movie_id: int) -> Movie:
        """One movie."""
        ...

    def other_ids(self, movie_ids: Collection[int]) -> frozenset[int]:
        """Further ids of these movies, where the data set lists one under several."""
        ...

    def star_counts(self, movie_id: int) -> dict[float, int]:
        """How many gave a movie so many stars, from half a star up."""
        ...

    async def predict_ratings(
        self, user_id: int | None, movie_ids: Sequence[int]
    ) -> list[PredictedRating | None]:
        """The rating that a user is expected to give each movie, where that can be told.

        None where user or movie have too few ratings. Raises DependencyError while users cannot
        be read.
        """
        ...

    def top_ratings(self, movie_id: int) -> tuple[Rating, ...]:
        """Up to ten of a movie's ratings, best first."""
        ...

    def similar(self, movie_id: int, by: SimilarBy, limit: int) -> tuple[Movie, ...]:
        """Neighbours of a movie, the most similar first, itself not among them."""
        ...

    async def browse(self, query: BrowseQuery) -> MovieList:
        """The movies that match, sorted and paged."""
        ...

    def chart(self, name: ChartName, genre: str | None, limit: int) -> tuple[Movie, ...]:
        """A list that is the same for everybody."""
        ...

    def search(self, text: str, limit: int) -> SearchResult:
        """Movies whose titles have each word of `text`, or begin so, or nearly; best first.

        `y:1995` and `y:1990-1999` bound the years of release.
        """
        ...

    def size(self) -> int:
        """How many movies the catalogue has."""
        ...

    def genres(self) -> tuple[str, ...]:
        """The catalogue's genres, the largest first."""
        ...

    def models(self) -> tuple[str, ...]:
        """Ranking models that `Query.model` may name, the default first."""
        ...

    def sample_users(self, count: int) -> tuple[int, ...]:
        """Ids of users with a history worth looking at, for the demo."""
        ...
