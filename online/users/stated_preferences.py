"""What users say of themselves, apart from what they do to movies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class StatedPreferences:
    """What a user stated: kept as JSON with the user's live data, so it must stay plain data.

    `tastes` are those of the release that they were stated to; where a later one lacks them,
    `genres` and `picks`, which were derived from them, still count.
    """

    genres: Mapping[str, float] = field(default_factory=dict)  # by name, above 0 up to 1
    age: int | None = None  # years
    picks: Sequence[tuple[int, float]] = ()  # (movie id, ratings that it counts as), best first
    tastes: Mapping[str, int] = field(default_factory=dict)  # points by the key of the taste
    elicited: Sequence[int] = ()  # ids of movies that were offered for rating, rated or skipped
