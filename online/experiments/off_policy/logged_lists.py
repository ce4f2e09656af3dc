"""The log as choices: lists with places that were drawn, and what users clicked_movies of them."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson
from redis.asyncio import Redis

from online.runtime.stream_reader import read_stream
from sparrow.feedback.event import EventType
from sparrow.redis import keys

_PAGE = 1000

Entries = Sequence[tuple[bytes, Mapping[bytes, bytes]]]


@dataclass(frozen=True)
class LoggedList:
    """A served list, some of whose places were drawn."""

    user_id: int
    at: int  # milliseconds since 1970
    movies: Sequence[int]  # ids, from the top
    propensities: Sequence[float]  # of each; below 1 where chance decided

    @property
    def drawn(self) -> list[int]:
        """The places that were drawn."""
        return [place for place, chance in enumerate(self.propensities) if chance < 1]


@dataclass(frozen=True)
class ImpressionLists:
    """Lists with drawn places, oldest first, and what is left out of the log, by reason.

    A list that holds still was drawn once, so it is one list however often it was shown.
    """

    lists: Sequence[LoggedList]
    skipped: Mapping[str, int]


@dataclass(frozen=True)
class LogFilter:
    """Which lists of the log count."""

    release: str  # lists of another one were made of other knowledge
    flow: str | None = None  # that made them; None: any
    limit: int = 2000  # at most so many


async def read_log(redis: Redis, scope: LogFilter) -> ImpressionLists:
    """The limit lists of a scope; raises RedisError while Redis is away."""
    lists: dict[tuple[Any, ...], LoggedList] = {}
    skipped: Counter[str] = Counter()
    async for impression in _newest_first(redis, keys.IMPRESSIONS, b"impression"):
        why = _skip_reason(impression, scope)
        if why is not None:
            skipped[why] += 1
            continue
        movies = impression["movies"]
        draw = (impression["user_id"], impression["flow"], impression["made_at"], *movies)
        if draw in lists:
            skipped["shown again"] += 1
        elif len(lists) == scope.limit:
            break
        # the oldest showing stays: from then on clicks count
        lists[draw] = LoggedList(
            impression["user_id"], impression["at"], movies, impression["propensities"]
        )
    return ImpressionLists(sorted(lists.values(), key=lambda listed: listed.at), skipped)


def _skip_reason(impression: Mapping[str, Any], scope: LogFilter) -> str | None:
    """Why a list says nothing; None if it does."""
    if impression["release"] != scope.release:
        return "of another release"
    if scope.flow not in (None, impression["flow"]):
        return "of another flow"
    if impression["teams"]:
        return "interleaved"
    if impression["position"]:
        return "not from the top"
    return None if min(impression["propensities"], default=1) < 1 else "without a drawn place"


async def clicked_movies(
    redis: Redis, lists: Sequence[LoggedList], click_window: float
) -> list[list[bool]]:
    """Of each list, which of its movies was clicked_movies in at most `click_window` seconds.

    A click counts for the last list before it that showed the movie. Raises RedisError.
    """
    shown: dict[tuple[int, int], list[tuple[int, int, int]]] = defaultdict(list)
    for number, listed in enumerate(lists):
        for place, movie in enumerate(listed.movies):
            shown[listed.user_id, movie].append((listed.at, number, place))
    found = [[False] * len(listed.movies) for listed in lists]
    async for at, user_id, movie in _clicks(redis, lists):
        times = shown.get((user_id, movie), [])
        last = bisect_right(times, at, key=lambda each: each[0]) - 1
        if last >= 0 and at - times[last][0] <= click_window * 1000:
            _, number, place = times[last]
            found[number][place] = True
    return found


async def _clicks(redis: Redis, lists: Sequence[LoggedList]) -> AsyncIterator[tuple[int, int, int]]:
    """Milliseconds since 1970, user and movie of each click since the first list."""
    since = min((listed.at for listed in lists), default=0)
    async for at, event in read_stream(redis, keys.EVENTS, b"event", since):
        if event["type"] == EventType.CLICK and not event["undo"]:
            yield at, event["user_id"], event["movie_id"]


async def _newest_first(redis: Redis, stream: str, field: bytes) -> AsyncIterator[dict[str, Any]]:
    end: bytes = b"+"
    while page := cast(Entries, await redis.xrevrange(stream, end, count=_PAGE)):
        for _, fields in page:
            yield orjson.loads(fields[field])
        end = b"(" + page[-1][0]
