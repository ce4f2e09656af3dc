"""Segments of users: newcomers, and those who like one genre most. What bandits count by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from online.bandits.bandit import Context
from online.users.user_state import UserState

NEWCOMERS = 0
MIN_RATINGS = 5  # ratings from which a user's taste says something


def contexts(genres: int) -> tuple[Context, ...]:
    """One for each segment: the newcomers, then those of each genre."""
    tastes = np.vstack([np.zeros(genres), np.eye(genres)])
    return tuple(Context(segment, taste) for segment, taste in enumerate(tastes))


def names(genres: Sequence[str]) -> tuple[str, ...]:
    """What the segments are called, in the order of `contexts`."""
    return ("", *genres)


def segment_of(user: UserState, genres: int) -> int:
    """A user's segment: its place in `contexts`."""
    if len(user.history) < MIN_RATINGS:
        return NEWCOMERS
    return 1 + int(np.nan_to_num(user.row["user_genre_taste"][:genres]).argmax())
