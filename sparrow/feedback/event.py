"""Events: what a user did, as clients send it, checked one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal, Self
from uuid import UUID, uuid4

import orjson
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

MAX_ID = 2**63 - 1
MAX_EVENTS = 1000  # of one batch
MAX_CLOCK_SKEW_SECONDS = 300  # how far a client's clock may be ahead
MAX_VALUE = 1e9  # of any event: records keep 32-bit numbers
MIN_RATING, MAX_RATING = 0.5, 5.0
_CONTEXT_BYTES = 4096
_KINDS = Literal["rating", "view", "click", "impression", "watchlist", "not_interested", "undo"]

Id = Annotated[int, Field(ge=0, le=MAX_ID, strict=True)]


class EventType(StrEnum):
    """What a user did with a movie."""

    RATING = "rating"  # gave it stars
    VIEW = "view"  # watched it
    CLICK = "click"  # opened its page
    IMPRESSION = "impression"  # was shown it
    WATCHLIST = "watchlist"  # wants to watch it
    NOT_INTERESTED = "not_interested"  # never wants to see it again


class Event(BaseModel):
    """One thing that a user did.

    There are two ways back: `type: undo` takes back the event that `undoes` names, and what stood
    before it stands again; `undo: true` takes back whatever the user said of this type about this
    movie, also in the data set.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    event_id: UUID = Field(
        default_factory=uuid4, description="Sending it again is harmless; made if absent."
    )
    user_id: Id
    type: _KINDS
    movie_id: Id | None = Field(default=None, description="Required, except for `undo`.")
    value: float | None = Field(
        default=None,
        strict=True,
        ge=-MAX_VALUE,
        le=MAX_VALUE,
        description="Stars of a rating, from 0.5 to 5.",
    )
    timestamp: Id | None = Field(default=None, description="Seconds since 1970; now if absent.")
    undo: bool = Field(
        default=False, strict=True, description="Take back what was said of this type and movie."
    )
    undoes: UUID | None = Field(default=None, description="The event that an `undo` takes back.")
    context: Annotated[dict[str, JsonValue], WithJsonSchema({"type": "object"})] = Field(
        default={}, description="Where it happened (page, flow, position …), at most 4 KiB of JSON."
    )

    @model_validator(mode="after")
    def _check_fields(self) -> Self:
        if self.type == "undo":
            _require(self.undoes is not None, "undoes", "Expected the id of the event to undo.")
            _require(not self.undo, "undo", "Expected `type: undo` or `undo: true`, got both.")
        else:
            _require(self.movie_id is not None, "movie_id", "Expected a movie's id.")
            _require(self.undoes is None, "undoes", "Expected only with `type: undo`.")
        if self.type == "rating" and not self.undo:
            stars = self.value
            fits = stars is not None and MIN_RATING <= stars <= MAX_RATING
            _require(fits, "value", f"Expected 0.5 to 5 stars, got {stars}.")
        size = len(orjson.dumps(self.context))
        _require(size <= _CONTEXT_BYTES, "context", f"Expected at most 4 KiB, got {size} bytes.")
        return self


@dataclass(frozen=True)
class RejectedEvent:
    """Why one event of a batch was not taken."""

    index: int  # of the event in its batch, from 0
    field: str
    message: str


def parse_events(raw: Sequence[Any], now: int) -> tuple[dict[int, Event], list[RejectedEvent]]:
    """Checks events, as JSON values, each by itself: the good ones by index, and the bad ones.

    `now` is in seconds since 1970: the time of events that name none. Movies are not looked up.
    """
    events, rejected = {}, []
    for index, each in enumerate(raw):
        try:
            event = Event.model_validate(each)
        except (ValidationError, orjson.JSONEncodeError) as error:
            rejected.append(_refusal(index, error))
            continue
        when = now if event.timestamp is None else event.timestamp
        if when > now + MAX_CLOCK_SKEW_SECONDS:
            message = f"Expected no time after {now + MAX_CLOCK_SKEW_SECONDS}, got {when}."
            rejected.append(RejectedEvent(index, "timestamp", message))
        else:
            events[index] = event.model_copy(update={"timestamp": when})
    return events, rejected


def _require(fact: bool, field: str, message: str) -> None:
    if not fact:
        raise PydanticCustomError("event", "{message}", {"field": field, "message": message})


def _refusal(index: int, error: Exception) -> RejectedEvent:
    if not isinstance(error, ValidationError):
        return RejectedEvent(
            index, "context", f"Expected JSON, got what cannot be written: {error}."
        )
    first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(map(str, first["loc"])) or first.get("ctx", {}).get("field", "")
    return RejectedEvent(index, field, first["msg"])
