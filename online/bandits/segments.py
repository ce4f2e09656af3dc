"""Segments of viewers: newcomers, and those who like one genre most. What bandits count by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from online.bandits.bandit import Context
from online.users.user_state import ViewerState

NEWCOMERS = 0
KNOWN_FROM = 5  # ratings from which a viewer's taste says something


def contexts(genres: int) -> tuple[Context, ...]:
    """One for each segment: the newcomers, then those of each genre."""
    tastes = np.vstack([np.zeros(genres), np.eye(genres)])
    return tuple(Context(segment, taste) for segment, taste in enumerate(tastes))


def names(genres: Sequence[str]) -> tuple[str, ...]:
    """What the segments are called, in the order of `contexts`."""
    return ("", *genres)


def segment_of(viewer: ViewerState, genres: int) -> int:
    """A viewer's segment: its place in `contexts`."""
    if len(viewer.history) < KNOWN_FROM:
        return NEWCOMERS
    return 1 + int(np.nan_to_num(viewer.row["user_genre_taste"][:genres]).argmax())
