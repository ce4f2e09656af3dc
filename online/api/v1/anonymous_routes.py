"""For somebody without an id: a personal list, and movies to rate."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import Field

from online.api.middleware.request_body import StrictRoute
from online.api.problems import PROBLEMS
from online.api.responses import CurrentService, json_response
from online.api.v1 import schema
from online.api.v1.recommendation_routes import RecommendParams
from online.api.v1.user_routes import MAX_EXCLUDED, OnboardingInput
from online.types import Query
from online.users.live_update import AnonymousSession
from sparrow.feedback.event import Id

router = APIRouter(prefix="/api/v1", tags=["api"], responses=PROBLEMS, route_class=StrictRoute)


class AnonymousRequest(OnboardingInput, RecommendParams):
    """What is params, and by whom."""

    session: list[Id] = Field(
        default=[],
        max_length=1000,
        description="Movies looked at, the newest last; lists keep them.",
    )


@router.post("/recommendations", response_model=schema.Recommendations)
async def recommend(service: CurrentService, visitor: AnonymousRequest) -> Response:
    """The list of `/users/{id}/recommendations`, made of what the body tells; nothing is stored."""
    params = visitor.model_dump(include=set(RecommendParams.model_fields) - {"exclude"})
    query = Query(None, exclude=tuple(visitor.exclude), **params)
    session = AnonymousSession(visitor.stars(), tuple(visitor.session), visitor.stated(service))
    page = await service.recommend_anonymous(session, query)
    return json_response(schema.recommendations(page, None, visitor.explain))


class ElicitationRequest(OnboardingInput):
    """Who is offered movies for rating."""

    limit: int = Field(default=5, ge=1, le=100)
    exclude: list[Id] = Field(
        default=[], max_length=MAX_EXCLUDED, description="Movies to leave out, as not seen."
    )


@router.post("/movies-to-rate", response_model=schema.Movies)
async def movies_to_rate(service: CurrentService, newcomer: ElicitationRequest) -> Response:
    """The movies whose rating would say most about somebody; nothing is stored."""
    session = AnonymousSession(newcomer.stars(), stated=newcomer.stated(service))
    found = service.movies_to_rate_anonymous(session, newcomer.limit, newcomer.exclude)
    return json_response(schema.Movies(len(found), found))
