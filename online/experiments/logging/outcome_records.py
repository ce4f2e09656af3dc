"""Records of what users of an experiment did: attributed actions, outcomes, interleaving clicks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import orjson
from pydantic import BaseModel
from redis.asyncio.client import Pipeline

from sparrow.feedback.event import EventType
from sparrow.redis import keys

USER_OUTCOME = np.dtype(
    [
        ("variant", "u1"),  # index in the experiment's variants
        ("first", "<i8"),  # milliseconds since 1970: the first exposed list
        ("lists", "<u4"),  # exposed lists
        ("movies", "<u4"),  # in these lists
        ("clicks", "<u4"),
        ("ratings", "<u4"),
        ("stars", "<f4"),  # sum of the ratings
        ("watchlist", "<u4"),  # movies added to the watchlist
    ]
)
"""Counts of one user since the first exposure, 33 bytes in Redis."""

COUNTED_EVENTS = {
    EventType.CLICK: "clicks",
    EventType.RATING: "ratings",
    EventType.WATCHLIST: "watchlist",
}
"""Event type → field of USER_OUTCOME."""

_MAX_SHOWN = 500  # movies that are stored of a user who was shown them and did not click


@dataclass(frozen=True)
class AttributedAction:
    """An exposed list or an event of a user, attributed to an experiment."""

    experiment: str
    user_id: int
    at: int  # milliseconds since 1970
    adds: Mapping[str, float]  # by field of USER_OUTCOME
    variant: int | None = None  # index of the exposed variant; None for an event
    shown: Mapping[int, int] = field(default_factory=dict)  # interleaved: movie → its ranker
    clicked: int | None = None  # movie


def decode_outcomes(values: Iterable[bytes | None]) -> np.ndarray:
    """USER_OUTCOME records in the order given; zeros for None."""
    empty = bytes(USER_OUTCOME.itemsize)
    return np.frombuffer(b"".join(value or empty for value in values), USER_OUTCOME).copy()


class InterleavingClicks(BaseModel):
    """One user's clicks on interleaved lists, each a vote for the ranker of its movie."""

    votes: list[int] = [0, 0]
    shown: dict[int, tuple[int, int]] = {}  # movie → ranker, first shown at (ms since 1970)

    def show(self, action: AttributedAction) -> None:
        """Store a list; a movie stays with the ranker that showed it first."""
        for movie, ranker in action.shown.items():
            self.shown.setdefault(movie, (ranker, action.at))
        for movie in list(self.shown)[:-_MAX_SHOWN]:
            del self.shown[movie]

    def click(self, action: AttributedAction) -> None:
        """Count a click on a movie that was shown before, once for each time it was shown."""
        if action.clicked is None:
            return
        ranker, at = self.shown.get(action.clicked, (0, action.at + 1))
        if at <= action.at:
            del self.shown[action.clicked]
            self.votes[ranker] += 1


async def count_clicks(
    pipeline: Pipeline, experiment: str, actions: Sequence[AttributedAction]
) -> dict[bytes, bytes]:
    """The encoded InterleavingClicks that these actions change, by user."""
    users = list({action.user_id for action in actions})
    stored = await pipeline.hmget(keys.interleaving_clicks(experiment), users)
    by_user = {
        user_id: InterleavingClicks.model_validate_json(value or b"{}")
        for user_id, value in zip(users, stored, strict=True)
    }
    for action in actions:
        clicks = by_user[action.user_id]
        clicks.show(action)
        clicks.click(action)
    return {
        str(user_id).encode(): orjson.dumps(clicks.model_dump(), option=orjson.OPT_NON_STR_KEYS)
        for user_id, clicks in by_user.items()
        if clicks.shown or any(clicks.votes)
    }
