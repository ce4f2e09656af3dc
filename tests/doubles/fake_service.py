"""An engine over a handful of films, with the same methods as the real one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from online.catalogue.search.title_index import SearchIndex
from online.engine.feedback import WriteOutcome
from online.engine.rating_prediction import PredictedRating
from online.reason import Reason
from online.types import (
    BrowseQuery,
    ChartName,
    Movie,
    MovieList,
    Page,
    Query,
    Rating,
    RatingHistory,
    Recommended,
    ResponseBasis,
    SearchResult,
    SimilarBy,
    TasteGroup,
    UserLists,
    UserProfile,
)
from online.users.live_update import AnonymousSession
from online.users.stated_preferences import StatedPreferences
from online.users.taste_profile import GenreTaste, TasteProfile
from sparrow.errors import InvalidRequestError, NotFoundError
from sparrow.features.row_codec import HISTORY as RECORD
from sparrow.feedback.event import Event

HOSTILE = '<script>alert(1)</script> & "quotes" </title><img src=x onerror=alert(2)>'

TITLES = (
    ("The Matrix", 1999, ("Action", "Sci-Fi", "Thriller")),
    ("Toy Story", 1995, ("Animation", "Children", "Comedy")),
    ("Chinatown", 1974, ("Film-Noir", "Mystery", "Thriller")),
    ("The Good, the Bad and the Ugly", 1966, ("Action", "Western")),
    ("Psycho", 1960, ("Horror", "Thriller")),
    ("Singin' in the Rain", 1952, ("Musical", "Romance")),
    ("Saving Private Ryan", 1998, ("Action", "Drama", "War")),
    ("Hoop Dreams", 1994, ("Documentary",)),
    ("七人の侍", 1954, ("Action", "Drama")),
    ("", None, ()),
    ("x" * 200, 2001, ("Comedy",)),
    (HOSTILE, 1990, ("Drama",)),
)
FILMS = tuple(
    Movie(
        movie_id=number,
        title=title,
        year=year,
        genres=genres,
        imdb_id="0133093" if number == 1 else None,
        tmdb_id="603" if number == 1 else None,
        rating_count=1000 - 80 * number if genres else 0,
        rating_mean=4.5 - number / 10 if genres else None,
    )
    for number, (title, year, genres) in enumerate(TITLES, start=1)
) + tuple(
    Movie(number, f"Drama no. {number}", 1900 + number, ("Drama",), None, None, 5, 3.0)
    for number in range(13, 73)
)
INDEX = SearchIndex([m.title for m in FILMS], [m.year for m in FILMS], np.arange(len(FILMS)))
HISTORY = (
    *(Rating(42, n, 0.5 + (n % 10) / 2, 900_000_000 - n) for n in range(13, 43)),
    Rating(42, 12, 4.5, 800_000_000),
)


@dataclass
class FakeService:
    """Answers from FILMS; each method named in `broken` raises what it is mapped to."""

    broken: dict[str, Exception] = field(default_factory=dict)
    queries: list[Query] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    erased: list[int] = field(default_factory=list)
    made: list[int] = field(default_factory=list)
    duplicates: dict[int, tuple[int, ...]] = field(default_factory=dict)  # id → its movie's others
    stated: dict[int, StatedPreferences] = field(default_factory=dict)  # by user
    shown: list[int] = field(default_factory=list)  # to whoever visits, in this visit

    def _check(self, method: str) -> None:
        if method in self.broken:
            raise self.broken[method]

    def with_request_cache(self) -> FakeService:
        return self

    async def recommend(self, query: Query) -> Page:
        self._check("recommend")
        self.queries.append(query)
        fitting = [
            m
            for m in self._of(query.genre)
            if m.movie_id not in query.exclude
            and (query.year_from is None or (m.year or 0) >= query.year_from)
            and m.movie_id not in await self.seen(query.user_id)
            and m.movie_id not in self._said(query.user_id, "not_interested")
        ]
        items = tuple(
            Recommended(
                m,
                1 / m.movie_id,
                ("popularity",),
                Reason("own_words", {"text": f"You gave {HOSTILE} ★5"}),
            )
            for m in fitting[query.offset : query.offset + query.limit]
        )
        known = query.user_id == 42
        return Page(items, len(fitting), "home", "mlp", "r-1", 12.4, (), known)

    async def recommend_anonymous(self, session: AnonymousSession, query: Query) -> Page:
        self._check("recommend_anonymous")
        return await self.recommend(query)

    async def is_page_unchanged(self, query: Query, basis: ResponseBasis, request_id: str) -> bool:
        return False

    async def is_history_unchanged(self, basis: ResponseBasis) -> bool:
        return False

    async def record(self, events: Sequence[Event]) -> list[WriteOutcome]:
        self._check("record")
        known = {event.event_id for event in self.events}
        self.events += events
        return [
            "repeated"
            if event.event_id in known
            else "unknown"
            if event.undoes is not None and event.undoes not in known
            else "stored"
            for event in events
        ]

    async def create_user(self, ratings: Mapping[int, float], stated: StatedPreferences) -> int:
        self._check("create_user")
        self.made.append(43 + len(self.made))
        self.stated[self.made[-1]] = stated
        return self.made[-1]

    async def set_preferences(self, user_id: int, stated: StatedPreferences) -> None:
        self._check("set_preferences")
        self.stated[user_id] = stated

    async def stated_preferences(self, user_id: int) -> StatedPreferences:
        self._check("stated_preferences")
        return self.stated.get(user_id, StatedPreferences())

    def taste_groups(self) -> tuple[TasteGroup, ...]:
        """Dramas, everything else, and old movies."""
        return (
            TasteGroup("Drama", ("Drama",), False, (1913, 1924), FILMS[12:24]),
            TasteGroup("Action|Thriller", ("Action", "Thriller"), False, (1960, 1999), FILMS[:5]),
            TasteGroup("@classic", (), True, None, FILMS[9:12]),
        )

    def preferences_from_points(self, points: Mapping[str, int]) -> StatedPreferences:
        """One pick for each taste."""
        by_id = {group.id: group for group in self.taste_groups()}
        given = {key: count for key, count in points.items() if count}
        if given.keys() - by_id.keys():
            raise InvalidRequestError("points", "Other tastes: load the page again.")
        genres = {genre: count / 6 for key, count in given.items() for genre in by_id[key].genres}
        picks = tuple((by_id[key].movies[0].movie_id, 1.0) for key in given)
        return StatedPreferences(genres, None, picks, given)

    async def movies_to_rate(
        self, user_id: int | None, limit: int, exclude: Collection[int] = ()
    ) -> tuple[Movie, ...]:
        """The first films that are neither rated nor were offered before."""
        self._check("movies_to_rate")
        done = {*exclude, *await self.seen(user_id)}
        if user_id is not None:
            done |= set((await self.stated_preferences(user_id)).elicited)
        return tuple(movie for movie in FILMS if movie.movie_id not in done)[:limit]

    def movies_to_rate_anonymous(
        self, session: AnonymousSession, limit: int, exclude: Collection[int] = ()
    ) -> tuple[Movie, ...]:
        done = {*exclude, *session.ratings}
        return tuple(movie for movie in FILMS if movie.movie_id not in done)[:limit]

    async def erase(self, user_id: int) -> None:
        self._check("erase")
        await self.user(user_id)
        self.erased.append(user_id)

    async def watchlist(self, user_id: int) -> tuple[Movie, ...]:
        self._check("watchlist")
        await self.user(user_id)
        return tuple(self.movie(movie) for movie in self._said(user_id, "watchlist"))

    async def marks(self, user_id: int | None) -> UserLists:
        self._check("seen")
        wanted, hidden = self._said(user_id, "watchlist"), self._said(user_id, "not_interested")
        others = self.other_ids([*await self.seen(user_id), *hidden])
        return UserLists(frozenset(wanted), frozenset(hidden), others)

    async def movies_shown_in_session(self, user_id: int) -> frozenset[int]:
        return frozenset(self.shown)

    async def taste(self, user_id: int) -> TasteProfile:
        self._check("taste")
        user = await self.user(user_id)
        genres = (GenreTaste("Drama", 0.96, 0.4, 3.2, 3.1, 0.1),)
        count, mean = len(user.ratings), user.rating_mean
        return TasteProfile(user_id, count, mean, 3.5, 1930.0, 1975.0, {"0.5": 2, "4.5": 1}, genres)

    async def user(self, user_id: int) -> UserProfile:
        self._check("user")
        if user_id != 42 and user_id not in self.made:
            raise NotFoundError(f"There is no user {user_id}.")
        told = [e for e in self._alive(user_id) if e.type == "rating"]
        about = {e.movie_id for e in told}
        new = [
            Rating(user_id, e.movie_id or 0, e.value or 0, e.timestamp or 0)
            for e in {e.movie_id: e for e in told}.values()
            if not e.undo
        ]
        old = [r for r in HISTORY if user_id == 42 and r.movie_id not in about]
        shares = (("Drama", 0.96), ("Western", 0.004)) if user_id == 42 else ()
        return UserProfile(user_id, 33, (*new[::-1], *old), shares)

    async def history(self, user_id: int) -> RatingHistory:
        ratings = (await self.user(user_id)).ratings[::-1]
        records = [(r.movie_id, r.timestamp, r.score) for r in ratings]
        return RatingHistory(np.array(records, dtype=RECORD))

    async def seen(self, user_id: int | None) -> dict[int, float]:
        self._check("seen")
        if user_id is None or (user_id != 42 and user_id not in self.made):
            return {}
        return {r.movie_id: r.score for r in (await self.user(user_id)).ratings}

    def _alive(self, user_id: int | None) -> list[Event]:
        """What a user did and did not take back by its id."""
        undone = {e.undoes for e in self.events}
        return [e for e in self.events if e.user_id == user_id and e.event_id not in undone]

    def _said(self, user_id: int | None, kind: str) -> list[int]:
        """Films of which a user says this, the newest first."""
        said: dict[int, bool] = {}
        for event in self._alive(user_id):
            if event.type == kind and event.movie_id is not None:
                said.pop(event.movie_id, None)
                said[event.movie_id] = not event.undo
        return [movie for movie, stands in said.items() if stands][::-1]

    def movie(self, movie_id: int) -> Movie:
        self._check("movie")
        if not 1 <= movie_id <= len(FILMS):
            raise NotFoundError(f"There is no movie {movie_id}.")
        return FILMS[movie_id - 1]

    def other_ids(self, movie_ids: Collection[int]) -> frozenset[int]:
        return frozenset().union(*(self.duplicates.get(number, ()) for number in movie_ids))

    def star_counts(self, movie_id: int) -> dict[float, int]:
        counts = {step / 2: 0 for step in range(1, 11)}
        return counts | {4.0: 30, 5.0: 12} if self.movie(movie_id).rating_count else counts

    async def predict_ratings(
        self, user_id: int | None, movie_ids: Sequence[int]
    ) -> list[PredictedRating | None]:
        self._check("predict_ratings")
        return [
            PredictedRating(3.5 + m / 100, 2.5, 4.5) if user_id == 42 else None for m in movie_ids
        ]

    def top_ratings(self, movie_id: int) -> tuple[Rating, ...]:
        return (Rating(7, movie_id, 5.0, 963_180_003),) if movie_id == 1 else ()

    def similar(self, movie_id: int, by: SimilarBy, limit: int) -> tuple[Movie, ...]:
        self._check("similar")
        if movie_id == 10:
            return ()
        return tuple(m for m in FILMS if m.movie_id != movie_id)[:limit]

    async def browse(self, query: BrowseQuery) -> MovieList:
        self._check("browse")
        for genre in query.genres:
            self._of(genre)
        hidden = query.hide_seen_by
        seen = {} if hidden is None else await self.seen(hidden)
        wanted = set(query.genres)
        found = [
            m
            for m in FILMS
            if (wanted <= set(m.genres) if query.match == "all" else wanted & set(m.genres))
            and (query.year_from is None or (m.year or 0) >= query.year_from)
            and (query.year_to is None or (m.year or 9999) <= query.year_to)
            and (m.rating_mean or 0) >= (query.min_rating or 0)
            and m.rating_count >= (query.min_votes or 0)
            and m.movie_id not in seen
        ]
        return MovieList(tuple(found[query.offset : query.offset + query.limit]), len(found))

    def chart(self, name: ChartName, genre: str | None, limit: int) -> tuple[Movie, ...]:
        self._check(f"chart {name}")
        return self._of(genre)[:limit]

    def search(self, text: str, limit: int) -> SearchResult:
        self._check("search")
        found = INDEX.find(text)
        movies = tuple(FILMS[position] for position in found.item_index[:limit])
        return SearchResult(movies, len(found.item_index), found.suggestion)

    def size(self) -> int:
        return len(FILMS)

    def genres(self) -> tuple[str, ...]:
        return ("Drama", "Comedy", "Action", "Western", "Sci-Fi")

    def models(self) -> tuple[str, ...]:
        return ("mlp", "signal:als")

    def sample_users(self, count: int) -> tuple[int, ...]:
        return (42, 7, 13)[:count]

    def _of(self, genre: str | None) -> tuple[Movie, ...]:
        if genre is not None and genre not in self.genres():
            raise InvalidRequestError("genre", f"Expected one of {self.genres()}, got {genre}.")
        return tuple(m for m in FILMS if genre is None or genre in m.genres)
