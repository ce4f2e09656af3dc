"""POST /api/v1/recommendations: a personal list for somebody without an id."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import Field

from online.api import schema
from online.api.answers import CurrentService, json_response
from online.api.bodies import StrictRoute
from online.api.problems import PROBLEMS
from online.api.users import Picks
from online.api.v1 import Wish
from online.live import Session
from online.types import Query
from sparrow.feedback.event import Id

router = APIRouter(prefix="/api/v1", tags=["api"], responses=PROBLEMS, route_class=StrictRoute)


class Visitor(Picks, Wish):
    """What is asked, and by whom."""

    session: list[Id] = Field(
        default=[],
        max_length=1000,
        description="Movies looked at, the newest last; lists keep them.",
    )


@router.post("/recommendations", response_model=schema.Recommendations)
async def recommend(service: CurrentService, visitor: Visitor) -> Response:
    """The list of `/users/{id}/recommendations`, made of what the body tells; nothing is stored."""
    asked = visitor.model_dump(include=set(Wish.model_fields) - {"explain", "exclude"})
    query = Query(None, exclude=tuple(visitor.exclude), **asked)
    groups = service.taste_groups() if visitor.tastes else ()
    session = Session(visitor.stars(), tuple(visitor.session), visitor.stated(groups))
    page = await service.recommend_for(session, query)
    return json_response(schema.recommendations(page, None, visitor.explain))
