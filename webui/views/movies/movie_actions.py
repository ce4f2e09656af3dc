"""What a user does to a film: rate, keep for later, hide, and take it back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from online.engine.service import Service
from sparrow.errors import InvalidRequestError, NotFoundError
from sparrow.feedback.event import Event
from webui.session.flash import Toast
from webui.views.shared.user_marks import UserMarks

ActionName = Literal["rate", "unrate", "want", "unwant", "hide", "unhide"]

_KINDS: Mapping[ActionName, tuple[Literal["rating", "watchlist", "not_interested"], bool]] = {
    "rate": ("rating", False),
    "unrate": ("rating", True),
    "want": ("watchlist", False),
    "unwant": ("watchlist", True),
    "hide": ("not_interested", False),
    "unhide": ("not_interested", True),
}


@dataclass(frozen=True)
class MovieAction:
    """One action."""

    command: ActionName
    movie_id: int
    stars: float | None = None  # of `rate`


async def act(service: Service, user_id: int, action: MovieAction, now: int) -> Toast:
    """Record what a user did; NotFoundError for an unknown film or an erased user."""
    movie = service.movie(action.movie_id)
    if action.command == "rate" and action.stars is None:
        raise InvalidRequestError("stars", "Choose how many stars, from 0.5 to 5.")
    marks = await service.marks(user_id)
    events = list(_events(user_id, action, UserMarks({}, marks.watchlist, marks.hidden), now))
    if "erased" in await service.record(events):
        raise NotFoundError(f"User {user_id} was erased: sign out to start again.")
    done = tuple(str(event.event_id) for event in events)
    stars = action.stars if action.command == "rate" else None
    return Toast(action.command, movie.movie_id, movie.title, stars, done)


async def undo(
    service: Service, user_id: int, movie_id: int, events: tuple[UUID, ...], now: int
) -> Toast:
    """Take back a user's own events about a film; NotFoundError when there is nothing to."""
    movie = service.movie(movie_id)
    back = [Event(user_id=user_id, type="undo", undoes=each, timestamp=now) for each in events]
    if not set(await service.record(back)) & {"stored", "repeated"}:
        raise NotFoundError("It's too late to undo that.")
    return Toast("undo", movie_id, movie.title)


def _events(user_id: int, action: MovieAction, marks: UserMarks, now: int) -> Iterator[Event]:
    """The action itself, and the end of whatever contradicts it."""

    def event(command: ActionName, stars: float | None = None) -> Event:
        kind, takes_back = _KINDS[command]
        return Event(
            user_id=user_id,
            type=kind,
            movie_id=action.movie_id,
            value=stars,
            timestamp=now,
            undo=takes_back,
            context={"page": "site"},
        )

    yield event(action.command, action.stars if action.command == "rate" else None)
    if action.command in ("rate", "hide") and action.movie_id in marks.watchlist:
        yield event("unwant")
    if action.command == "want" and action.movie_id in marks.hidden:
        yield event("unhide")
