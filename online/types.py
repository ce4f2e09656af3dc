"""Types of serving: queries, lists, movies and users, as engine, API and pages exchange them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from online.reason import Reason

SimilarBy = Literal["embedding", "co-rating", "content"]
ChartName = Literal["popular", "trending", "latest", "top-rated", "hidden-gems"]
Sort = Literal["popularity", "rating", "year", "title"]
Moment = Literal["now", "end", "last-event"]
"""Time of a list: the request, the release's end, or right after the user's last event."""


@dataclass(frozen=True)
class Movie:
    """A movie of the catalogue, with statistics of the release."""

    movie_id: int
    title: str
    year: int | None
    genres: tuple[str, ...]
    imdb_id: str | None
    tmdb_id: str | None
    rating_count: int
    rating_mean: float | None  # 0.5 … 5; None where unrated


@dataclass(frozen=True)
class Rating:
    """One rating."""

    user_id: int
    movie_id: int
    score: float  # 0.5 … 5
    timestamp: int  # seconds since 1970


@dataclass(frozen=True)
class ResponseBasis:
    """What a response about a user depends on: while it is unchanged, the response is too."""

    user_id: int
    version: bytes  # stamp of the user's last change
    # of a response that is a page of a slate: …
    slate_key: bytes = b""
    slate: bytes = b""  # encoded
    queries: tuple[Query, ...] = ()  # as changed by experiments
    rules: tuple[str, ...] = ()  # fingerprints of the merchandising rules


@dataclass(frozen=True)
class UserProfile:
    """Profile and history of a user."""

    user_id: int
    age: int | None
    ratings: tuple[Rating, ...]  # newest first
    genre_shares: tuple[tuple[str, float], ...]  # (genre, share of the user's ratings), most first
    degraded: bool = False  # possibly out of date, because Redis is down

    @property
    def rating_mean(self) -> float | None:
        """Mean score, None for a user without ratings."""
        scores = [r.score for r in self.ratings]
        return sum(scores) / len(scores) if scores else None


@dataclass(frozen=True)
class RatingHistory:
    """The ratings of a user."""

    ratings: np.ndarray  # `sparrow.features.row_codec.HISTORY` records, oldest first
    basis: ResponseBasis | None = None


@dataclass(frozen=True)
class TasteGroup:
    """A group of similar movies, offered as a taste."""

    id: str  # the same in every release that has this taste
    genres: tuple[str, ...]  # up to two distinctive ones; none for old movies of any genre
    classic: bool  # old movies
    years: tuple[int, int] | None  # of release, of most movies; None where no year is known
    movies: tuple[Movie, ...]  # representative ones, the best known first


@dataclass(frozen=True)
class UserLists:
    """Movies that a user marked without rating them, by id."""

    watchlist: frozenset[int] = frozenset()
    hidden: frozenset[int] = frozenset()  # not interested
    duplicates: frozenset[int] = frozenset()  # other ids of rated and hidden movies


@dataclass(frozen=True)
class Query:
    """A request for a personal list."""

    user_id: int | None  # None: anonymous
    limit: int = 20
    offset: int = 0
    flow: str = "home"
    model: str | None = None  # None: the release's default
    genre: str | None = None
    movie_id: int | None = None  # of the flows `because` and `similar`
    exclude: tuple[int, ...] = ()
    year_from: int | None = None  # of release, both inclusive
    year_to: int | None = None
    min_votes: int = 0  # least number of ratings
    diversity: float = 0.0  # 0 … 1; 0 is neutral, as below
    popularity: float = 0.0  # −1 (obscure) … 1 (well known)
    freshness: float = 0.0  # 0 … 1, prefers recent movies
    at: int | None = None  # seconds since 1970; None: now
    moment: Moment = "now"
    bandit: BanditName | None = None  # for exploration ranks; None: the server's default
    variants: tuple[tuple[str, str], ...] = ()  # of experiments, by name: forced, so not counted
    request_id: str | None = None  # id in the impression log; None: generated
    allow_unknown_user: bool = True  # False: an unknown user is an error
    log_impression: bool = True  # False: a look-up, which does not count as shown
    refresh: bool = False  # other movies than those that the visit's list began with
    explain: bool = False  # also predict the probability of a like


@dataclass(frozen=True)
class Stage:
    """The trace of one stage, for `explain`, metrics and the pages."""

    name: str
    milliseconds: float
    before: int
    after: int
    dropped: dict[str, int] = field(default_factory=dict)  # reason → number of movies
    error: str | None = None  # of a source or scorer that failed without ending the flow


@dataclass(frozen=True)
class Recommended:
    """One movie of a list, and why it has its rank."""

    movie: Movie
    score: float
    sources: tuple[str, ...]  # all sources that found it
    reason: Reason
    score_components: dict[str, float] = field(default_factory=dict)  # their sum is the score
    rank_change: int = 0  # ranks that rerankers moved it up
    rank_changes: Mapping[str, int] = field(default_factory=dict)  # by reranker, without zeros
    match: float | None = None  # predicted probability of a like, where a model predicts it
    propensity: float = 1.0  # probability of its rank; below 1 if it was drawn


@dataclass(frozen=True)
class Page:
    """A personal list."""

    items: tuple[Recommended, ...]
    total: int  # length of the whole list
    flow: str
    model: str  # the ranker: a model of the release, or the fallback's name
    release: str
    milliseconds: float
    trace: tuple[Stage, ...]
    known_user: bool  # False: the list is not personal
    variants: Mapping[str, str] = field(default_factory=dict)  # experiment → the user's variant
    interleaving_teams: tuple[int, ...] = ()  # ranker of each item, 0 or 1, if interleaved
    at: int = 0  # time of the list, seconds since 1970
    basis: ResponseBasis | None = None  # None: it may change with the next request

    @cached_property
    def columns(self) -> tuple[list[int], list[float], list[float]]:
        """Movie ids, scores and propensities: a cached page is logged often."""
        items = self.items
        return (
            [item.movie.movie_id for item in items],
            [item.score for item in items],
            [item.propensity for item in items],
        )


@dataclass(frozen=True)
class BrowseQuery:
    """A query of the catalogue."""

    genres: tuple[str, ...] = ()
    match: Literal["any", "all"] = "all"
    year_from: int | None = None
    year_to: int | None = None
    min_rating: float | None = None
    min_votes: int | None = None
    hide_seen_by: int | None = None
    sort: Sort = "popularity"
    limit: int = 24
    offset: int = 0


@dataclass(frozen=True)
class MovieList:
    """Movies of a page, and the number of all that match."""

    movies: tuple[Movie, ...]
    total: int


@dataclass(frozen=True)
class SearchResult(MovieList):
    """Movies that a search found, best first."""

    suggestion: str | None = None  # a similar query with results, where this one seems mistyped


BanditName = Literal["thompson", "linucb", "uniform"]
"""Bandits of `online.bandits.registry`."""
