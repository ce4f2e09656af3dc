"""The API proper, below /api/v1: personal lists, movies, charts, search, users."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from fastapi import Query as Parameter
from pydantic import BaseModel, Field

from online.api.auth.dependencies import ForcedVariants
from online.api.middleware.user_response_cache import cache_page_response
from online.api.problems import PROBLEMS
from online.api.responses import (
    LATEST,
    MAX_ID,
    CurrentService,
    Limit,
    Offset,
    PathId,
    RequestId,
    json_response,
)
from online.api.v1 import schema
from online.flow.flows.registry import FLOWS
from online.types import BrowseQuery, ChartName, MovieList, Query, SimilarBy, Sort
from sparrow.signals.models.taste_clusters import TASTE_POINTS

router = APIRouter(prefix="/api/v1", tags=["api"], responses=PROBLEMS)

MAX_EXCLUDED = 1000
Id = Annotated[int, Field(ge=0, le=MAX_ID)]
Control = Annotated[float, Field(le=1, allow_inf_nan=False)]


class RecommendParams(BaseModel):
    """What may be params of a personal list."""

    limit: int = Field(20, ge=1, le=1000)
    offset: int = Field(0, ge=0, le=MAX_ID)
    flow: str = Field("home", description=f"One of {', '.join(FLOWS)}.")
    model: str | None = None
    genre: str | None = Field(None, description="The flow genre needs it.")
    movie_id: Id | None = Field(None, description="What the flows because and similar start from.")
    exclude: list[Id] = Field([], max_length=MAX_EXCLUDED)
    year_from: int | None = Field(None, ge=1800, le=3000)
    year_to: int | None = Field(None, ge=1800, le=3000)
    min_votes: int = Field(0, ge=0, le=MAX_ID, description="Ratings that a movie must have.")
    diversity: Control = Field(0.0, ge=0, description="How little alike the movies are; 0 neutral.")
    popularity: Control = Field(
        0.0, ge=-1, description="From −1 (obscure) to 1 (well known); 0 is neutral."
    )
    freshness: Control = Field(0.0, ge=0, description="How recently released; 0 is neutral.")
    at: int | None = Field(None, ge=0, le=LATEST, description="Seconds since 1970; now if unset.")
    explain: bool = False


class BrowseParams(BaseModel):
    """Which movies, in which order."""

    genres: list[str] = Field([], max_length=62)
    match: Literal["any", "all"] = "all"
    year_from: int | None = Field(None, ge=1800, le=3000)
    year_to: int | None = Field(None, ge=1800, le=3000)
    min_rating: float | None = Field(None, ge=0, le=5)
    min_votes: int | None = Field(None, ge=0, le=MAX_ID)
    hide_seen_by: Id | None = Field(None, description="A user's id.")
    sort: Sort = "popularity"
    limit: int = Field(24, ge=1, le=1000)
    offset: int = Field(0, ge=0, le=MAX_ID)


class UserRecommendParams(RecommendParams):
    """What may be params of a list that a user's visit holds."""

    refresh: bool = Field(
        False, description="Others than the list began with; it holds still again from then on."
    )


@router.get(
    "/users/{user_id}/recommendations",
    response_model=schema.Recommendations,
)
async def recommend(
    request: Request,
    service: CurrentService,
    request_id: RequestId,
    variants: ForcedVariants,
    user_id: PathId,
    params: Annotated[UserRecommendParams, Parameter()],
) -> Response:
    """A personal list; a popular and fresh one for an unknown user.

    It stays the same for a visit, which half an hour without a request ends, until the user acts.
    """
    fields = params.model_dump(exclude={"exclude"})
    query = Query(
        user_id, exclude=tuple(params.exclude), variants=variants, request_id=request_id, **fields
    )
    page = await service.recommend(query)
    cache_page_response(request, service, query, page)
    return json_response(schema.recommendations(page, user_id, params.explain))


@router.get("/users/{user_id}", response_model=schema.UserResponse)
async def user(
    service: CurrentService, user_id: PathId, limit: Limit = 50, offset: Offset = 0
) -> Response:
    """Profile, tastes, and the history, newest first."""
    return json_response(schema.user_response(await service.user(user_id), offset, limit))


@router.get("/movies", response_model=schema.Movies)
async def browse(service: CurrentService, params: Annotated[BrowseParams, Parameter()]) -> Response:
    """The catalogue, filtered, sorted and paged."""
    query = BrowseQuery(**{**params.model_dump(), "genres": tuple(params.genres)})
    return _movies(await service.browse(query))


@router.get("/movies/{movie_id}", response_model=schema.MovieDetails)
async def movie(service: CurrentService, movie_id: PathId) -> Response:
    """One movie with its best ratings."""
    details = schema.MovieDetails(service.movie(movie_id), service.top_ratings(movie_id))
    return json_response(details)


@router.get("/movies/{movie_id}/prediction", response_model=schema.Prediction)
async def prediction(
    service: CurrentService,
    movie_id: PathId,
    user_id: Annotated[int, Parameter(ge=0, le=MAX_ID)],
) -> Response:
    """The stars that a user would give, with the range that holds them four times in five.

    `prediction` is null where user or movie have too few ratings: not enough evidence.
    """
    (prediction,) = await service.predict_ratings(user_id, [movie_id])
    return json_response(schema.Prediction(user_id, movie_id, prediction))


@router.get("/movies/{movie_id}/similar", response_model=schema.Movies)
async def similar(
    service: CurrentService,
    movie_id: PathId,
    by: SimilarBy = "embedding",
    limit: Limit = 20,
) -> Response:
    """Neighbours, the most similar first: by likes, by ratings, or by genres and year."""
    found = service.similar(movie_id, by, limit)
    return _movies(MovieList(found, len(found)))


@router.get("/charts/{name}", response_model=schema.Movies)
async def chart(
    service: CurrentService, name: ChartName, genre: str | None = None, limit: Limit = 20
) -> Response:
    """A list that is the same for everybody."""
    found = service.chart(name, genre, limit)
    return _movies(MovieList(found, len(found)))


@router.get("/search", response_model=schema.SearchResponse)
async def search(
    service: CurrentService,
    q: Annotated[str, Parameter(min_length=1, max_length=200)],
    limit: Limit = 20,
) -> Response:
    """Movies whose titles have the words of `q`, in any order, begun or slightly mistyped.

    `y:1995` and `y:1990-1999` in `q` bound the years of release.
    """
    found = service.search(q, limit)
    return json_response(schema.SearchResponse(found.total, found.movies, found.suggestion))


@router.get("/genres", response_model=schema.Names)
async def genres(service: CurrentService) -> Response:
    """The catalogue's genres, the largest first."""
    return json_response(schema.Names(service.genres()))


@router.get("/tastes", response_model=schema.TastesResponse)
async def tastes(service: CurrentService) -> Response:
    """Tastes to share points among: what `tastes` of new users and of visitors may name.

    They are those of the release; `movies` are the best known ones of a taste.
    """
    return json_response(schema.TastesResponse(TASTE_POINTS, service.taste_groups()))


@router.get("/models", response_model=schema.Names)
async def models(service: CurrentService) -> Response:
    """Rankings that `model` may name, the default first."""
    return json_response(schema.Names(service.models()))


def _movies(found: MovieList) -> Response:
    return json_response(schema.Movies(found.total, found.movies))
