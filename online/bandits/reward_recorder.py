"""What served lists and clicks tell bandits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from online.bandits.reward_buffer import SegmentRewards
from online.bandits.segments import segment_of
from online.types import Page
from online.users.user_state import UserState
from online.users.user_store import UserStore
from sparrow.errors import DependencyError
from sparrow.feedback.event import Event


@dataclass(frozen=True)
class RewardRecorder:
    """Counts by the segment of the users of one release."""

    rewards: SegmentRewards
    users: UserStore

    def shown(self, user: UserState, page: Page, first: int = 0) -> None:
        """A page was served to somebody with an id; its items count from number `first` on.

        Those before it were shown in this visit already: a list that holds still, and is loaded
        again, would else count as passed over each time.
        """
        items = page.items[first:]
        if items:
            self.rewards.shown(self._segment(user), [item.movie.movie_id for item in items])

    async def clicked(self, events: Sequence[Event]) -> None:
        """Count the clicks among stored events; without Redis they are not counted."""
        clicks = [event for event in events if event.type == "click" and not event.undo]
        try:
            users = await self.users.many([event.user_id for event in clicks])
        except DependencyError:
            return
        for event, user in zip(clicks, users, strict=True):
            if event.movie_id is not None:
                self.rewards.clicked(self._segment(user), event.movie_id)

    def _segment(self, user: UserState) -> int:
        return segment_of(user, self.rewards.segments - 1)
