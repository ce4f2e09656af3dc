"""Writes of users: events, new users, preferences and deletion."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from online.catalogue.catalogue import Catalogue
from online.users.stated_preferences import StatedPreferences
from online.users.user_store import UserStore
from sparrow.errors import InvalidRequestError, NotFoundError
from sparrow.feedback.event import Event
from sparrow.feedback.event_log import EventLog, WriteResult, profile_write_command, write_command

WriteOutcome = WriteResult | Literal["no movie"]
"""What became of an event; `no movie`: its movie is not in the catalogue."""


@dataclass(frozen=True)
class Feedback:
    """Writes events of one release's users to the event log.

    Every method that writes raises DependencyError unless the data is on Redis' disk.
    """

    log: EventLog
    catalogue: Catalogue
    users: UserStore

    async def record(self, events: Sequence[Event]) -> list[WriteOutcome]:
        """Stores events in one atomic call; the outcome of each, in order."""
        unknown = [self._is_unknown_movie(event) for event in events]
        known = (event for event, missing in zip(events, unknown, strict=True) if not missing)
        results = iter(await self.log.store([write_command(event) for event in known]))
        self.users.invalidate(event.user_id for event in events)
        return ["no movie" if missing else next(results) for missing in unknown]

    async def create_user(self, ratings: Mapping[int, float], stated: StatedPreferences) -> int:
        """The id of a new user with these ratings, 0.5 … 5 by movie id."""
        self.check("ratings", ratings)
        user_id, now = await self.log.allocate_user_id(self.users.max_id), int(time.time())
        events = [
            Event(user_id=user_id, type="rating", movie_id=movie, value=stars, timestamp=now)
            for movie, stars in ratings.items()
        ]
        profile = profile_write_command(user_id, asdict(stated), now)
        await self.log.store([profile, *map(write_command, events)])
        return user_id

    async def set_preferences(self, user_id: int, stated: StatedPreferences) -> None:
        """Replaces a user's stated preferences; NotFoundError for a deleted user."""
        entry = profile_write_command(user_id, asdict(stated), int(time.time()))
        if "erased" in await self.log.store([entry]):
            raise NotFoundError(f"User {user_id} was deleted: sign out and create a new user.")
        self.users.invalidate([user_id])

    async def erase(self, user_id: int) -> None:
        """Deletes all that is stored of a user; may be repeated.

        Raises NotFoundError for an id that never existed.
        """
        state = await self.users(user_id)
        if not (state.exists or state.deleted or state.error):
            raise NotFoundError(f"There is no user {user_id}.")
        await self.log.erase(user_id)
        self.users.erase(user_id)

    def check(self, field: str, movie_ids: Iterable[int]) -> None:
        """Raises InvalidRequestError unless the catalogue has all of these movies."""
        for movie in movie_ids:
            if not self.catalogue.has(movie):
                raise InvalidRequestError(
                    field, f"Expected movies of the catalogue, but there is no movie {movie}."
                )

    def _is_unknown_movie(self, event: Event) -> bool:
        """Whether an event's movie is not in the catalogue; an undo may name any movie."""
        return not (event.movie_id is None or event.undo or self.catalogue.has(event.movie_id))
