"""POST /api/v1/events: what users do."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Body, Response
from fastapi.exceptions import RequestValidationError
from pydantic import WithJsonSchema

from online.api.middleware.request_body import StrictRoute
from online.api.problems import PROBLEMS
from online.api.responses import CurrentService, json_response
from online.engine.feedback import WriteOutcome
from sparrow.errors import InvalidRequestError, TooLargeError
from sparrow.feedback.event import MAX_EVENTS, Event, RejectedEvent, parse_events

router = APIRouter(prefix="/api/v1", tags=["api"], responses=PROBLEMS, route_class=StrictRoute)

_EVENT = Event.model_json_schema()
_ONE_OR_MANY = {
    "title": "One event, or up to 1,000",
    "anyOf": [_EVENT, {"type": "array", "items": _EVENT, "minItems": 1, "maxItems": MAX_EVENTS}],
}
Events = Annotated[Any, Body(), WithJsonSchema(_ONE_OR_MANY)]

_REFUSALS: dict[WriteOutcome, tuple[str, str]] = {
    "erased": ("user_id", "This user was erased."),
    "unknown": ("undoes", "This user sent no such event lately: take it back by `undo: true`."),
    "no movie": ("movie_id", "The catalogue has no such movie."),
}


@dataclass(frozen=True)
class EventsResponse:
    """What became of events; all but the refused ones are on the disk."""

    stored: int
    repeated: int  # stored before, which is as good
    event_ids: tuple[str, ...]  # of all those, in the order in which they were sent
    refused: tuple[RejectedEvent, ...]


@router.post("/events", status_code=202, response_model=EventsResponse)
async def record(service: CurrentService, body: Events) -> Response:
    """Stores one event or up to 1,000; a bad one is refused by itself, with its index.

    202 means that the rest is on the disk and counts from the next request on. 422: all were bad.
    """
    events, refused = parse_events(_many(body), int(time.time()))
    outcomes = dict(zip(events, await service.record(list(events.values())), strict=True))
    refused += [
        RejectedEvent(i, *_REFUSALS[outcome])
        for i, outcome in outcomes.items()
        if outcome in _REFUSALS
    ]
    refused.sort(key=lambda refusal: refusal.index)
    taken = [i for i, outcome in outcomes.items() if outcome in ("stored", "repeated")]
    if not taken:
        raise RequestValidationError(
            [{"loc": ("body", r.index, r.field), "msg": r.message} for r in refused]
        )
    acknowledged = EventsResponse(
        stored=sum(outcome == "stored" for outcome in outcomes.values()),
        repeated=sum(outcome == "repeated" for outcome in outcomes.values()),
        event_ids=tuple(str(events[i].event_id) for i in taken),
        refused=tuple(refused),
    )
    return json_response(acknowledged, status=202)


def _many(body: Any) -> list[Any]:
    if isinstance(body, dict):
        return [body]
    if not isinstance(body, list) or not body:
        raise InvalidRequestError("body", "Expected an event, or an array of events, as JSON.")
    if len(body) > MAX_EVENTS:
        raise TooLargeError(f"Expected at most {MAX_EVENTS:,} events, got {len(body):,}.")
    return body
