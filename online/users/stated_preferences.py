"""Preferences that users state themselves, apart from events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class StatedPreferences:
    """Stated preferences; stored as JSON with the user's live data, so all fields are plain data.

    `tastes` are those of the release at the time; where a later release lacks them, `genres` and
    `picks`, which were derived from them, still count.
    """

    genres: Mapping[str, float] = field(default_factory=dict)  # weight by name, above 0 up to 1
    age: int | None = None  # years
    picks: Sequence[tuple[int, float]] = ()  # (movie id, weight relative to a rating), best first
    tastes: Mapping[str, int] = field(default_factory=dict)  # points by taste id
    elicited: Sequence[int] = ()  # ids of movies that were offered for rating, rated or skipped
