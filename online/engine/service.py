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
        """The same, with a cache for one web page: it reads each user once."""
        ...

    async def recommend(self, query: Query) -> Page:
        """A personal list; for an unknown user popular and new movies, never an error."""
        ...

    async def recommend_anonymous(self, session: AnonymousSession, query: Query) -> Page:
        """A list for an anonymous user (`query.user_id` is None); nothing is stored."""
        ...

    async def is_page_unchanged(self, query: Query, basis: ResponseBasis, request_id: str) -> bool:
        """Whether a query gets the page of this basis again; if so, its impression is recorded.

        `request_id` is that of the current request.
        """
        ...

    async def is_history_unchanged(self, basis: ResponseBasis) -> bool:
        """Whether `history` would return the same as for this basis."""
        ...

    async def record(self, events: Sequence[Event]) -> list[WriteOutcome]:
        """Stores events in one atomic call; they count from the next request on.

        Returns the outcome of each, in order. Raises DependencyError unless all is on the disk.
        """
        ...

    async def create_user(self, ratings: Mapping[int, float], stated: StatedPreferences) -> int:
        """The id of a new user with these ratings, 0.5 … 5 by movie id.

        Raises DependencyError unless it is on the disk.
        """
        ...

    async def set_preferences(self, user_id: int, stated: StatedPreferences) -> None:
        """Replaces a user's stated preferences.

        Raises NotFoundError for a deleted user, DependencyError unless it is on the disk.
        """
        ...

    async def stated_preferences(self, user_id: int) -> StatedPreferences:
        """A user's stated preferences; empty for an unknown user.

        Raises DependencyError while users cannot be read.
        """
        ...

    def taste_groups(self) -> tuple[TasteGroup, ...]:
        """The taste groups of the release."""
        ...

    def preferences_from_points(self, points: Mapping[str, int]) -> StatedPreferences:
        """Stated preferences from points by the id of a taste group.

        Raises InvalidRequestError for an unknown id, and unless 1 … TASTE_POINTS points are given.
        """
        ...

    async def movies_to_rate(
        self, user_id: int | None, limit: int, exclude: Collection[int] = ()
    ) -> tuple[Movie, ...]:
        """Movies whose rating is most informative, without those that were offered before.

        `exclude` are further movie ids to leave out. Raises DependencyError while users cannot be
        read.
        """
        ...

    def movies_to_rate_anonymous(
        self, session: AnonymousSession, limit: int, exclude: Collection[int] = ()
    ) -> tuple[Movie, ...]:
        """The same for an anonymous user."""
        ...

    async def erase(self, user_id: int) -> None:
        """Deletes all that is stored of a user; may be repeated."""
        ...

    async def watchlist(self, user_id: int) -> tuple[Movie, ...]:
        """A user's watchlist, the newest first."""
        ...

    async def marks(self, user_id: int | None) -> UserLists:
        """A user's watchlist and hidden movies; empty for an unknown user.

        Raises DependencyError while users cannot be read.
        """
        ...

    async def movies_shown_in_session(self, user_id: int) -> frozenset[int]:
        """Movies with an impression in the user's current visit.

        Raises DependencyError while users cannot be read.
        """
        ...

    async def taste(self, user_id: int) -> TasteProfile:
        """A user's taste compared with the catalogue."""
        ...

    async def user(self, user_id: int) -> UserProfile:
        """Profile and history, the newest rating first."""
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
        """Other ids of these movies, where the data set lists a movie under several."""
        ...

    def star_counts(self, movie_id: int) -> dict[float, int]:
        """Number of ratings by value, 0.5 … 5."""
        ...

    async def predict_ratings(
        self, user_id: int | None, movie_ids: Sequence[int]
    ) -> list[PredictedRating | None]:
        """The predicted rating of each movie, None where the user or the movie has too few ratings.

        Raises DependencyError while users cannot be read.
        """
        ...

    def top_ratings(self, movie_id: int) -> tuple[Rating, ...]:
        """Up to ten of a movie's ratings, best first."""
        ...

    def similar(self, movie_id: int, by: SimilarBy, limit: int) -> tuple[Movie, ...]:
        """Neighbours of a movie, the most similar first, without itself."""
        ...

    async def browse(self, query: BrowseQuery) -> MovieList:
        """The matching movies, sorted and paged."""
        ...

    def chart(self, name: ChartName, genre: str | None, limit: int) -> tuple[Movie, ...]:
        """A chart, the same for all users."""
        ...

    def search(self, text: str, limit: int) -> SearchResult:
        """Movies whose titles match all words of `text` whole, by prefix or approximately; best
        first.

        `y:1995` and `y:1990-1999` limit the years of release.
        """
        ...

    def size(self) -> int:
        """Number of movies in the catalogue."""
        ...

    def genres(self) -> tuple[str, ...]:
        """The catalogue's genres, the largest first."""
        ...

    def models(self) -> tuple[str, ...]:
        """Ranking models that `Query.model` may name, the default first."""
        ...

    def sample_users(self, count: int) -> tuple[int, ...]:
        """Ids of users with enough ratings for a demonstration."""
        ...
