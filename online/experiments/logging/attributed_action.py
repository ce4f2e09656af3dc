"""What an entry of a stream adds to an experiment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Act:
    """A list that a viewer of an experiment was shown, or what they did."""

    experiment: str
    user_id: int
    at: int  # milliseconds since 1970
    adds: Mapping[str, float]  # by field of the viewer's outcome
    variant: int | None = None  # place of the one that was exposed; None for what viewers did
    shown: Mapping[int, int] = field(default_factory=dict)  # interleaved: movie → its ranking
    clicked: int | None = None  # movie
