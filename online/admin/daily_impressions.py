"""What daily_impressions lists were made of and what came of them, day by day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from redis.asyncio import Redis

from sparrow.redis import keys
from sparrow.units import DAY

DAYS = 14


@dataclass(frozen=True)
class DailyImpressions:
    """The personal lists of one day in UTC, of all server processes."""

    day: int  # since 1970
    shown: int  # movies in lists
    clicked: int
    movies: int  # different ones
    popular: int  # of `shown`: of movies that are much rated

    @property
    def timestamp(self) -> int:
        """When the day begins, in seconds since 1970."""
        return self.day * DAY

    @property
    def click_rate(self) -> float | None:
        """Clicks a shown movie; None for a day without lists."""
        return self.clicked / self.shown if self.shown else None

    @property
    def popular_share(self) -> float | None:
        """Of the shown movies, as `popular` is."""
        return self.popular / self.shown if self.shown else None


async def daily_impressions(
    redis: Redis, popular: Collection[int], now: float
) -> tuple[DailyImpressions, ...]:
    """The last days, the oldest first; `popular` has ids of movies, `now` is seconds since 1970.

    Raises RedisError while Redis is away.
    """
    today = int(now) // DAY
    days = range(today - DAYS + 1, today + 1)
    async with redis.pipeline(transaction=False) as pipeline:
        for day in days:
            pipeline.hgetall(keys.rewards(day))
        counted = await pipeline.execute()
    return tuple(_day(day, counts, popular) for day, counts in zip(days, counted, strict=True))


def _day(day: int, counts: Mapping[bytes, bytes], popular: Collection[int]) -> DailyImpressions:
    shown, clicked = Counter[int](), 0
    for movie, kind, count in _rows(counts):
        if kind == "shown":
            shown[movie] += count
        else:
            clicked += count
    much_rated = sum(count for movie, count in shown.items() if movie in popular)
    return DailyImpressions(day, shown.total(), clicked, len(shown), much_rated)


def _rows(counts: Mapping[bytes, bytes]) -> Iterable[tuple[int, str, int]]:
    for name, count in counts.items():
        _segment, movie, kind = name.decode().rsplit("|", 2)
        yield int(movie), kind, int(count)
