"""Counts served movies and clicks as rewards for bandits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from online.bandits.rewards import SegmentRewards
from online.bandits.segments import segment_of
from online.types import Page
from online.users.user_state import UserState
from sparrow.feedback.event import Event


@dataclass(frozen=True)
class RewardRecorder:
    """Counts by the users' segments."""

    rewards: SegmentRewards

    def shown(self, user: UserState, page: Page, first: int = 0) -> None:
        """Count the items of a page that was served to a user with an id, from index `first` on.

        Those before it were counted in this visit already: a page that is loaded again would
        otherwise count as not clicked each time.
        """
        items = page.items[first:]
        if items:
            self.rewards.shown(self._segment(user), [item.movie.movie_id for item in items])

    def clicked(self, clicks: Sequence[Event], users: Mapping[int, UserState]) -> None:
        """Count clicks, as far as their users could be read."""
        for event in clicks:
            if event.movie_id is not None and event.user_id in users:
                self.rewards.clicked(self._segment(users[event.user_id]), event.movie_id)

    def _segment(self, user: UserState) -> int:
        return segment_of(user, self.rewards.segments - 1)
