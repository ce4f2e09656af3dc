"""Users below /api/v1/users: new ones, what is known of them, and forgetting them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Body, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from online.api.middleware.request_body import StrictRoute
from online.api.problems import PROBLEMS
from online.api.responses import (
    MAX_ID,
    CurrentService,
    Limit,
    Offset,
    PathId,
    json_response,
)
from online.api.v1 import schema
from online.engine.service import Service
from online.types import Rating
from online.users.stated_preferences import StatedPreferences
from online.users.taste_profile import TasteProfile
from sparrow.errors import InvalidRequestError
from sparrow.feedback.event import MAX_RATING, MIN_RATING, Id
from sparrow.signals.models.taste_clusters import TASTE_POINTS

router = APIRouter(
    prefix="/api/v1/users", tags=["api"], responses=PROBLEMS, route_class=StrictRoute
)

LIKE_STARS = 5.0
MAX_EXCLUDED = 1000
Excluded = Annotated[
    tuple[Annotated[int, Field(ge=0, le=MAX_ID)], ...], Query(max_length=MAX_EXCLUDED)
]
Weight = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]


class RatingInput(BaseModel):
    """A movie and the stars it gets."""

    movie_id: Id
    value: float = Field(ge=MIN_RATING, le=MAX_RATING, allow_inf_nan=False, strict=True)


class TastePointsItem(BaseModel):
    """Points for one of the tastes of `/api/v1/tastes`."""

    model_config = ConfigDict(extra="forbid")

    taste_id: str = Field(min_length=1, max_length=200)
    points: int = Field(ge=0, le=TASTE_POINTS, strict=True)


SharedPoints = Annotated[
    list[TastePointsItem],
    Field(max_length=20, description=f"1 to {TASTE_POINTS} points in all, shared among tastes."),
]


class OnboardingInput(BaseModel):
    """What somebody states of their taste."""

    model_config = ConfigDict(extra="forbid")

    ratings: list[RatingInput] = Field(default=[], max_length=1000)
    likes: list[Id] = Field(default=[], max_length=1000, description="Each counts as five stars.")
    genres: dict[str, Weight] | list[str] = Field(
        default={}, max_length=62, description="Favourite genres, with weights up to 1 or without."
    )
    tastes: SharedPoints = []
    age: int | None = Field(default=None, ge=0, le=150, description="Years.")

    def stated(self, service: Service) -> StatedPreferences:
        """Genres, tastes and age.

        Raises InvalidRequestError for unknown tastes and a wrong number of points.
        """
        weighted = self.genres if isinstance(self.genres, dict) else dict.fromkeys(self.genres, 1.0)
        shared = preferences_of(service, self.tastes) if self.tastes else StatedPreferences()
        return replace(shared, genres={**shared.genres, **weighted}, age=self.age)

    def stars(self) -> dict[int, float]:
        """Movie id → stars; a rating outdoes a like of the same movie."""
        return dict.fromkeys(self.likes, LIKE_STARS) | {r.movie_id: r.value for r in self.ratings}


class TastePointsInput(BaseModel):
    """How somebody shares out points among tastes."""

    model_config = ConfigDict(extra="forbid")

    tastes: SharedPoints


def preferences_of(service: Service, tastes: Sequence[TastePointsItem]) -> StatedPreferences:
    """What points for tastes state.

    Raises InvalidRequestError for an unknown taste, one that comes twice, and a wrong number of
    points.
    """
    points = {each.taste_id: each.points for each in tastes}
    if len(points) < len(tastes):
        raise InvalidRequestError("tastes", "Expected each taste once, got one of them twice.")
    return service.preferences_from_points(points)


@dataclass(frozen=True)
class CreatedUser:
    """A user who was just made."""

    user_id: int


@dataclass(frozen=True)
class UserIds:
    """Ids of users."""

    user_ids: tuple[int, ...]


@dataclass(frozen=True)
class RatingsPage:
    """One page of a history, and how long it is."""

    total: int
    ratings: tuple[Rating, ...]


@router.get("", response_model=UserIds)
async def users(service: CurrentService, limit: Limit = 20) -> Response:
    """Some users of the data set with a history worth a look."""
    return json_response(UserIds(service.sample_users(limit)))


@router.post("", status_code=201, response_model=CreatedUser)
async def create_user(
    service: CurrentService, picks: Annotated[OnboardingInput, Body()] = OnboardingInput()
) -> Response:
    """A new user, whose picks count from the next request on."""
    user_id = await service.create_user(picks.stars(), picks.stated(service))
    answer = json_response(CreatedUser(user_id), status=201)
    answer.headers["Location"] = f"{router.prefix}/{user_id}"
    return answer


@router.get("/{user_id}/ratings", response_model=RatingsPage)
async def ratings(
    service: CurrentService, user_id: PathId, limit: Limit = 50, offset: Offset = 0
) -> Response:
    """The history, the newest first."""
    found = (await service.user(user_id)).ratings
    return json_response(RatingsPage(len(found), found[offset : offset + limit]))


@router.get("/{user_id}/watchlist", response_model=schema.Movies)
async def watchlist(
    service: CurrentService, user_id: PathId, limit: Limit = 50, offset: Offset = 0
) -> Response:
    """The movies that the user wants to watch, the newest first."""
    found = await service.watchlist(user_id)
    return json_response(schema.Movies(len(found), found[offset : offset + limit]))


@router.get("/{user_id}/taste", response_model=TasteProfile)
async def taste(service: CurrentService, user_id: PathId) -> Response:
    """Statistics of the user's ratings beside the catalogue's."""
    return json_response(await service.taste(user_id))


@router.get("/{user_id}/movies-to-rate", response_model=schema.Movies)
async def movies_to_rate(
    service: CurrentService,
    user_id: PathId,
    limit: Limit = 5,
    exclude: Excluded = (),
) -> Response:
    """The movies whose rating would say most about the user, none that they were offered before.

    `exclude` are movies to leave out: those that the user has not seen.
    """
    await service.user(user_id)
    found = await service.movies_to_rate(user_id, limit, exclude)
    return json_response(schema.Movies(len(found), found))


@router.put("/{user_id}/tastes", status_code=204)
async def set_tastes(service: CurrentService, user_id: PathId, tastes: TastePointsInput) -> None:
    """Shares the points anew, in place of the tastes and genres that the user stated before."""
    await service.user(user_id)
    before = await service.stated_preferences(user_id)
    shared = preferences_of(service, tastes.tastes)
    stated = replace(shared, age=before.age, elicited=before.elicited)
    await service.set_preferences(user_id, stated)


@router.delete("/{user_id}", status_code=204)
async def erase(service: CurrentService, user_id: PathId) -> None:
    """Erases everything about a user, for good: the id stays unusable."""
    await service.erase(user_id)
