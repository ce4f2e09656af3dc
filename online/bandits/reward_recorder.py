"""What served lists and clicks tell bandits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from online.bandits.reward_buffer import RecentRewards
from online.bandits.segments import segment_of
from online.types import Page
from online.users.user_state import ViewerState
from online.users.user_store import ViewerStore
from sparrow.errors import DependencyError
from sparrow.feedback.event import Event


@dataclass(frozen=True)
class Credit:
    """Counts by the segment of the viewers of one release."""

    rewards: RecentRewards
    viewers: ViewerStore

    def shown(self, viewer: ViewerState, page: Page, first: int = 0) -> None:
        """A page was served to somebody with an id; its items count from number `first` on.

        Those before it were shown in this visit already: a list that holds still, and is loaded
        again, would else count as passed over each time.
        """
        items = page.items[first:]
        if items:
            self.rewards.shown(self._segment(viewer), [item.movie.movie_id for item in items])

    async def clicked(self, events: Sequence[Event]) -> None:
        """Count the clicks among stored events; without Redis they are not counted."""
        clicks = [event for event in events if event.type == "click" and not event.undo]
        try:
            viewers = await self.viewers.many([event.user_id for event in clicks])
        except DependencyError:
            return
        for event, viewer in zip(clicks, viewers, strict=True):
            if event.movie_id is not None:
                self.rewards.clicked(self._segment(viewer), event.movie_id)

    def _segment(self, viewer: ViewerState) -> int:
        return segment_of(viewer, self.rewards.segments - 1)
