"""Viewers below /api/v1/users: new ones, what is known of them, and forgetting them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Body, Response
from pydantic import BaseModel, ConfigDict, Field

from online.api import schema
from online.api.answers import CurrentService, Offset, PathId, Size, json_response
from online.api.bodies import StrictRoute
from online.api.problems import PROBLEMS
from online.stated_preferences import StatedPreferences
from online.taste import Taste
from online.taste_groups import POINTS, told_by
from online.types import Rating, TasteGroup
from sparrow.errors import InvalidRequestError
from sparrow.feedback.event import HIGHEST_STARS, LOWEST_STARS, Id

router = APIRouter(
    prefix="/api/v1/users", tags=["api"], responses=PROBLEMS, route_class=StrictRoute
)

LIKE_STARS = 5.0
Weight = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]


class Stars(BaseModel):
    """A movie and the stars it gets."""

    movie_id: Id
    value: float = Field(ge=LOWEST_STARS, le=HIGHEST_STARS, allow_inf_nan=False, strict=True)


class TastePoints(BaseModel):
    """Points for one of the tastes of `/api/v1/tastes`."""

    model_config = ConfigDict(extra="forbid")

    taste_id: Id
    points: int = Field(ge=0, le=POINTS, strict=True)


SharedPoints = Annotated[
    list[TastePoints],
    Field(max_length=20, description=f"1 to {POINTS} points in all, shared among tastes."),
]


class Picks(BaseModel):
    """What somebody tells of their taste."""

    model_config = ConfigDict(extra="forbid")

    ratings: list[Stars] = Field(default=[], max_length=1000)
    likes: list[Id] = Field(default=[], max_length=1000, description="Each counts as five stars.")
    genres: dict[str, Weight] | list[str] = Field(
        default={}, max_length=62, description="Favourite genres, with weights up to 1 or without."
    )
    tastes: SharedPoints = []
    age: int | None = Field(default=None, ge=0, le=150, description="Years.")

    def stated(self, groups: Sequence[TasteGroup]) -> StatedPreferences:
        """Genres, tastes among `groups`, and age.

        Raises InvalidRequestError for other tastes and a wrong number of points.
        """
        weighted = self.genres if isinstance(self.genres, dict) else dict.fromkeys(self.genres, 1.0)
        shared = told_of(groups, self.tastes) if self.tastes else StatedPreferences()
        return StatedPreferences({**shared.genres, **weighted}, self.age, shared.picks)

    def stars(self) -> dict[int, float]:
        """Movie id → stars; a rating outdoes a like of the same movie."""
        return dict.fromkeys(self.likes, LIKE_STARS) | {r.movie_id: r.value for r in self.ratings}


class Tastes(BaseModel):
    """How somebody shares out points among tastes."""

    model_config = ConfigDict(extra="forbid")

    tastes: SharedPoints


def told_of(groups: Sequence[TasteGroup], tastes: Sequence[TastePoints]) -> StatedPreferences:
    """What points for tastes tell; raises as `told_by` does, and for a taste that comes twice."""
    points = {each.taste_id: each.points for each in tastes}
    if len(points) < len(tastes):
        raise InvalidRequestError("tastes", "Expected each taste once, got one of them twice.")
    return told_by(groups, points)


@dataclass(frozen=True)
class NewViewer:
    """A viewer who was just made."""

    user_id: int


@dataclass(frozen=True)
class Viewers:
    """Ids of viewers."""

    user_ids: tuple[int, ...]


@dataclass(frozen=True)
class Ratings:
    """One page of a history, and how long it is."""

    total: int
    ratings: tuple[Rating, ...]


@router.get("", response_model=Viewers)
async def viewers(service: CurrentService, limit: Size = 20) -> Response:
    """Some viewers of the data set with a history worth a look."""
    return json_response(Viewers(service.sample_viewers(limit)))


@router.post("", status_code=201, response_model=NewViewer)
async def new_viewer(
    service: CurrentService, picks: Annotated[Picks, Body()] = Picks()
) -> Response:
    """A new viewer, whose picks count from the next request on."""
    groups = service.taste_groups() if picks.tastes else ()
    user_id = await service.new_viewer(picks.stars(), picks.stated(groups))
    answer = json_response(NewViewer(user_id), status=201)
    answer.headers["Location"] = f"{router.prefix}/{user_id}"
    return answer


@router.get("/{user_id}/ratings", response_model=Ratings)
async def ratings(
    service: CurrentService, user_id: PathId, limit: Size = 50, offset: Offset = 0
) -> Response:
    """The history, the newest first."""
    found = (await service.viewer(user_id)).ratings
    return json_response(Ratings(len(found), found[offset : offset + limit]))


@router.get("/{user_id}/watchlist", response_model=schema.Movies)
async def watchlist(
    service: CurrentService, user_id: PathId, limit: Size = 50, offset: Offset = 0
) -> Response:
    """The movies that the viewer wants to watch, the newest first."""
    found = await service.watchlist(user_id)
    return json_response(schema.Movies(len(found), found[offset : offset + limit]))


@router.get("/{user_id}/taste", response_model=Taste)
async def taste(service: CurrentService, user_id: PathId) -> Response:
    """Statistics of the viewer's ratings beside the catalogue's."""
    return json_response(await service.taste(user_id))


@router.put("/{user_id}/tastes", status_code=204)
async def tell(service: CurrentService, user_id: PathId, tastes: Tastes) -> None:
    """Shares the points anew, in place of all that the viewer told of themselves before."""
    await service.viewer(user_id)
    await service.set_preferences(user_id, told_of(service.taste_groups(), tastes.tastes))


@router.delete("/{user_id}", status_code=204)
async def erase(service: CurrentService, user_id: PathId) -> None:
    """Erases everything about a viewer, for good: the id stays unusable."""
    await service.erase(user_id)
