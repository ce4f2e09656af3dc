"""User segments that bandits count by: new users, and users by their favourite genre."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from online.bandits.bandit import Context
from online.users.user_state import UserState

NEWCOMERS = 0
MIN_RATINGS = 5  # of a user who has a favourite genre


def contexts(genres: int) -> tuple[Context, ...]:
    """One for each segment: new users, then each favourite genre."""
    tastes = np.vstack([np.zeros(genres), np.eye(genres)])
    return tuple(Context(segment, taste) for segment, taste in enumerate(tastes))


def names(genres: Sequence[str]) -> tuple[str, ...]:
    """Names of the segments, in the order of `contexts`."""
    return ("", *genres)


def segment_of(user: UserState, genres: int) -> int:
    """Index of a user's segment in `contexts`."""
    if len(user.history) < MIN_RATINGS:
        return NEWCOMERS
    return 1 + int(np.nan_to_num(user.row["user_genre_taste"][:genres]).argmax())
