"""What an entry of a stream adds to an experiment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class AttributedAction:
    """A list that a user of an experiment was shown, or what they did."""

    experiment: str
    user_id: int
    at: int  # milliseconds since 1970
    adds: Mapping[str, float]  # by field of the user's outcome
    variant: int | None = None  # place of the one that was exposed; None for what users did
    shown: Mapping[int, int] = field(default_factory=dict)  # interleaved: movie → its ranking
    clicked: int | None = None  # movie
