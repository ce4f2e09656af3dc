"""The words of serving: what goes into a flow, what comes out, and what the pages show."""

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
"""When a list is made: at the request, at the end of what the release knows, or right after the
last event of the user."""


@dataclass(frozen=True)
class Movie:
    """A movie of the catalogue, with what all ratings of the release say of it."""

    movie_id: int
    title: str
    year: int | None
    genres: tuple[str, ...]
    imdb_id: str | None
    tmdb_id: str | None
    rating_count: int
    rating_mean: float | None  # stars; None where unrated


@dataclass(frozen=True)
class Rating:
    """One rating."""

    user_id: int
    movie_id: int
    score: float  # stars
    timestamp: int  # seconds since 1970


@dataclass(frozen=True)
class ResponseBasis:
    """What an answer about a user rests on: the same request gets the same one while it stays."""

    user_id: int
    version: bytes  # stamp of the user's last change
    # of an answer that is a page of a held list: …
    slate_key: bytes = b""
    slate: bytes = b""  # the list, encoded
    queries: tuple[Query, ...] = ()  # that asked for it, as experiments had changed them
    rules: tuple[str, ...] = ()  # fingerprints of those that held in it


@dataclass(frozen=True)
class UserProfile:
    """A user of the data set: profile and history."""

    user_id: int
    age: int | None
    ratings: tuple[Rating, ...]  # newest first
    genre_shares: tuple[tuple[str, float], ...]  # (genre, share of the user's ratings), most first
    degraded: bool = False  # as they were a while ago, because Redis is away

    @property
    def rating_mean(self) -> float | None:
        """Mean score, None for a user without ratings."""
        scores = [r.score for r in self.ratings]
        return sum(scores) / len(scores) if scores else None


@dataclass(frozen=True)
class RatingHistory:
    """The ratings of a user."""

    ratings: np.ndarray  # `sparrow.features.row_codec.HISTORY` records, the oldest first
    basis: ResponseBasis | None = None


@dataclass(frozen=True)
class TasteGroup:
    """A kind of movie, as a taste to choose."""

    id: str  # the key of its name: the same in every release that has this taste
    genres: tuple[str, ...]  # that distinguish it, up to two; none for old movies of any genre
    classic: bool  # whether it is that of old movies
    years: tuple[int, int] | None  # of release, most of it; None where no year is known
    movies: tuple[Movie, ...]  # that represent it, the best known first


@dataclass(frozen=True)
class UserLists:
    """What a user said of movies without rating them, by their ids."""

    watchlist: frozenset[int] = frozenset()
    hidden: frozenset[int] = frozenset()  # of no interest
    duplicates: frozenset[int] = frozenset()  # other ids of what was rated or is hidden


@dataclass(frozen=True)
class Query:
    """One wish for a personal list."""

    user_id: int | None  # None: nobody in particular
    limit: int = 20
    offset: int = 0
    flow: str = "home"
    model: str | None = None  # None: the release's default
    genre: str | None = None
    movie_id: int | None = None  # what the flows `because` and `similar` start from
    exclude: tuple[int, ...] = ()
    year_from: int | None = None  # of release, both included
    year_to: int | None = None
    min_votes: int = 0  # ratings that a movie must have
    diversity: float = 0.0  # 0 … 1: how little alike; neutral is 0, as below
    popularity: float = 0.0  # −1 (obscure) … 1 (well known)
    freshness: float = 0.0  # 0 … 1: how recently released
    at: int | None = None  # seconds since 1970; None: now
    moment: Moment = "now"
    bandit: BanditName | None = None  # fills places that explore; None: as the server is set
    variants: tuple[tuple[str, str], ...] = ()  # of experiments, by name: forced, so not counted
    request_id: str | None = None  # names the list in the log of impressions; None: made up
    allow_unknown_user: bool = True  # False: who is not known gets no list
    log_impression: bool = True  # False: only looked up, so nothing counts as seen by the user
    refresh: bool = False  # others than those that the visit's list begins with
    explain: bool = False  # also predict how likely the user is to like each movie


@dataclass(frozen=True)
class Stage:
    """What one stage of a flow did: the trace feeds `explain`, metrics and the pages."""

    name: str
    milliseconds: float
    before: int
    after: int
    dropped: dict[str, int] = field(default_factory=dict)  # reason → movies
    error: str | None = None  # a failed source or scorer is named here and the flow goes on


@dataclass(frozen=True)
class Recommended:
    """One movie of a list, and why it is there."""

    movie: Movie
    score: float
    sources: tuple[str, ...]  # every recall source that found it
    reason: Reason
    score_components: dict[str, float] = field(default_factory=dict)  # their sum is the score
    rank_change: int = 0  # ranks that rerankers moved it up
    rank_changes: Mapping[str, int] = field(default_factory=dict)  # by reranker, without zeros
    match: float | None = None  # chance that the user would like it, where a model predicts it
    propensity: float = 1.0  # chance that it had of this place; below 1 where chance decided


@dataclass(frozen=True)
class Page:
    """A personal list."""

    items: tuple[Recommended, ...]
    total: int  # how many there are to page through
    flow: str
    model: str  # what ranked it: a model of the release, or the fallback's name
    release: str
    milliseconds: float
    trace: tuple[Stage, ...]
    known_user: bool  # False: the list is not personal
    variants: Mapping[str, str] = field(default_factory=dict)  # experiment → the user's variant
    interleaving_teams: tuple[int, ...] = ()  # ranker of each item, 0 or 1, if interleaved
    at: int = 0  # the moment as of which the list was made, seconds since 1970
    basis: ResponseBasis | None = None  # None: it may change with the next request

    @cached_property
    def columns(self) -> tuple[list[int], list[float], list[float]]:
        """Ids of the movies, their scores and their propensities: a held page is logged often."""
        items = self.items
        return (
            [item.movie.movie_id for item in items],
            [item.score for item in items],
            [item.propensity for item in items],
        )


@dataclass(frozen=True)
class BrowseQuery:
    """A filtered walk through the catalogue."""

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
    """Movies, and how many match altogether."""

    movies: tuple[Movie, ...]
    total: int


@dataclass(frozen=True)
class SearchResult(MovieList):
    """Movies that a search found, best first."""

    suggestion: str | None = None  # a query that finds movies, where this one seems mistyped


BanditName = Literal["thompson", "linucb", "uniform"]
"""What fills places that explore: `online.bandits.registry` has them."""
