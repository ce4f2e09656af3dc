"""JSON of /api/v1, converted from the engine's types."""

from __future__ import annotations

from dataclasses import dataclass

from online.engine.rating_prediction import PredictedRating
from online.types import Movie, Page, Rating, Recommended, Stage, TasteGroup, UserProfile


@dataclass(frozen=True)
class Explanation:
    """Why a movie has its rank."""

    sources: tuple[str, ...]  # that found it
    score_components: dict[str, float]  # their sum is the score
    rank_change: int  # ranks that rerankers moved it up
    rank_changes: dict[str, int]  # by reranker, without zeros
    match: float | None  # predicted probability of a like; null where no model predicts it


@dataclass(frozen=True)
class RecommendedMovie:
    """A movie of a personal list."""

    movie: Movie
    score: float | None
    reason: str
    explain: Explanation | None = None


@dataclass(frozen=True)
class Recommendations:
    """A personal list, and what made it."""

    user_id: int | None
    personal: bool  # false: the user is unknown, or cannot be read now
    degraded: bool  # something that makes lists failed; the trace says what
    total: int  # how many there are to page through
    release: str
    flow: str
    model: str
    model_version: str
    variants: dict[str, str]  # experiment → the variant that the user is in
    milliseconds: float  # that it took to make
    made_at: int  # moment of the list, seconds since 1970: it holds still from then on
    items: list[RecommendedMovie]
    trace: tuple[Stage, ...] | None = None  # with `explain`


@dataclass(frozen=True)
class Movies:
    """Movies, and how many match altogether."""

    total: int
    movies: tuple[Movie, ...]


@dataclass(frozen=True)
class SearchResponse(Movies):
    """Movies that a search found, best first."""

    suggestion: str | None  # a query that finds movies, where this one seems mistyped


@dataclass(frozen=True)
class MovieDetails:
    """A movie with its best ratings."""

    movie: Movie
    top_ratings: tuple[Rating, ...]


@dataclass(frozen=True)
class Prediction:
    """What a user would give a movie; null: not enough evidence."""

    user_id: int
    movie_id: int
    prediction: PredictedRating | None


@dataclass(frozen=True)
class GenreShare:
    """How much of a user's ratings go to a genre."""

    genre: str
    share: float


@dataclass(frozen=True)
class UserResponse:
    """A user's profile and one page of the history, newest first."""

    user_id: int
    age: int | None
    rating_count: int
    rating_mean: float | None
    genre_shares: list[GenreShare]
    ratings: tuple[Rating, ...]
    degraded: bool  # as they were a while ago, because Redis is away


@dataclass(frozen=True)
class TastesResponse:
    """TastesResponse, and how many points there are to share among them."""

    points: int
    tastes: tuple[TasteGroup, ...]


@dataclass(frozen=True)
class Names:
    """Valid names, the most important first."""

    names: tuple[str, ...]


def recommendations(page: Page, user_id: int | None, explain: bool) -> Recommendations:
    """A page of the engine as the API tells it."""
    return Recommendations(
        user_id=user_id,
        personal=page.known_user,
        degraded=any(stage.error for stage in page.trace),
        total=page.total,
        release=page.release,
        flow=page.flow,
        model=page.model,
        model_version=f"{page.model}@{page.release}",
        variants=dict(page.variants),
        milliseconds=page.milliseconds,
        made_at=page.at,
        items=[_item(item, explain) for item in page.items],
        trace=page.trace if explain else None,
    )


def user_response(user: UserProfile, offset: int, limit: int) -> UserResponse:
    """A user with `limit` ratings from number `offset` on."""
    return UserResponse(
        user_id=user.user_id,
        age=user.age,
        rating_count=len(user.ratings),
        rating_mean=user.rating_mean,
        genre_shares=[GenreShare(genre, share) for genre, share in user.genre_shares],
        ratings=user.ratings[offset : offset + limit],
        degraded=user.degraded,
    )


def _item(item: Recommended, explain: bool) -> RecommendedMovie:
    explanation = Explanation(
        item.sources,
        dict(item.score_components),
        item.rank_change,
        dict(item.rank_changes),
        item.match,
    )
    return RecommendedMovie(
        item.movie, item.score, item.reason.text, explanation if explain else None
    )
