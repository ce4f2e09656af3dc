"""Votes of interleaved lists: a click is one for the ranking that the movie was shown for."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from pydantic import BaseModel
from redis.asyncio.client import Pipeline

from online.experiments.logging.attributed_action import AttributedAction
from sparrow.redis import keys

_REMEMBERED = 500  # movies that a user was shown and did not click


class InterleavingClicks(BaseModel):
    """One user's votes, and the movies that may become some."""

    votes: list[int] = [0, 0]
    shown: dict[int, tuple[int, int]] = {}  # movie → ranking, first time in ms since 1970

    def show(self, act: AttributedAction) -> None:
        """Remember a list; a movie stays with the ranking that showed it first."""
        for movie, ranking in act.shown.items():
            self.shown.setdefault(movie, (ranking, act.at))
        for movie in list(self.shown)[:-_REMEMBERED]:
            del self.shown[movie]

    def click(self, act: AttributedAction) -> None:
        """Count a click on a movie that was shown before; the next one only if shown again."""
        if act.clicked is None:
            return
        ranking, at = self.shown.get(act.clicked, (0, act.at + 1))
        if at <= act.at:
            del self.shown[act.clicked]
            self.votes[ranking] += 1


async def count_clicks(
    pipeline: Pipeline, experiment: str, acts: Sequence[AttributedAction]
) -> dict[bytes, bytes]:
    """The ballots that acts change, by user."""
    users = list({act.user_id for act in acts})
    kept = await pipeline.hmget(keys.interleaving_clicks(experiment), users)
    ballots = {
        user_id: InterleavingClicks.model_validate_json(value or b"{}")
        for user_id, value in zip(users, kept, strict=True)
    }
    for act in acts:
        ballot = ballots[act.user_id]
        ballot.show(act)
        ballot.click(act)
    return {
        str(user_id).encode(): orjson.dumps(ballot.model_dump(), option=orjson.OPT_NON_STR_KEYS)
        for user_id, ballot in ballots.items()
        if ballot.shown or any(ballot.votes)
    }
