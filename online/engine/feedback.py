"""What users tell: events, new users, and the wish to be forgotten."""

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
"""What became of an event; `no movie`: the catalogue does not have what it is about."""


@dataclass(frozen=True)
class Feedback:
    """Writes to the log what users of one release tell.

    Every method raises DependencyError unless what it wrote is on Redis' disk.
    """

    log: EventLog
    catalogue: Catalogue
    users: UserStore

    async def record(self, events: Sequence[Event]) -> list[WriteOutcome]:
        """Stores events in one atomic call; each one's outcome, in order."""
        missing = {place for place, event in enumerate(events) if self._is_unknown_movie(event)}
        entries = [write_command(e) for place, e in enumerate(events) if place not in missing]
        stored = iter(await self.log.store(entries))
        self.users.invalidate(event.user_id for event in events)
        await self.users.refresh_cached(e.user_id for e in events if e.type != "impression")
        return ["no movie" if p in missing else next(stored) for p in range(len(events))]

    async def create_user(self, ratings: Mapping[int, float], stated: StatedPreferences) -> int:
        """The id of a new user with these ratings (movie id → stars), known from now on."""
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
        """Stores what a user states from now on, in place of what they stated before.

        Raises NotFoundError for one who was erased.
        """
        entry = profile_write_command(user_id, asdict(stated), int(time.time()))
        if "erased" in await self.log.store([entry]):
            raise NotFoundError(f"User {user_id} was erased: leave, and begin anew.")
        self.users.invalidate([user_id])

    async def erase(self, user_id: int) -> None:
        """Deletes all that is stored of a user; again is harmless.

        Raises NotFoundError for somebody who never was.
        """
        state = await self.users(user_id)
        if not (state.known or state.erased or state.error):
            raise NotFoundError(f"There is no user {user_id}.")
        await self.log.erase(user_id)
        self.users.erase(user_id)

    def check(self, field: str, movie_ids: Iterable[int]) -> None:
        """Raises InvalidRequestError unless the catalogue has all of these movies."""
        missing = [m for m in movie_ids if len(self.catalogue.item_index([m])) == 0]
        if missing:
            raise InvalidRequestError(
                field, f"Expected movies of the catalogue, but there is no movie {missing[0]}."
            )

    def _is_unknown_movie(self, event: Event) -> bool:
        """Whether an event says something of a movie that there is not; taking back is fine."""
        if event.movie_id is None or event.undo:
            return False
        return len(self.catalogue.item_index([event.movie_id])) == 0
