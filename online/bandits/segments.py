"""Segments of viewers: newcomers, and those who like one genre most. What bandits count by."""

from __future__ import annotations

import numpy as np

from online.bandits.bandit import Context
from online.flow import Request

NEWCOMERS = 0
KNOWN_FROM = 5  # ratings from which a viewer's taste says something


def contexts(genres: int) -> tuple[Context, ...]:
    """One for each segment: the newcomers, then those of each genre."""
    tastes = np.vstack([np.zeros(genres), np.eye(genres)])
    return tuple(Context(segment, taste) for segment, taste in enumerate(tastes))


def segment_of(request: Request) -> int:
    """The segment of whoever asks: its place in `contexts`."""
    viewer = request.viewer
    if len(viewer.history) < KNOWN_FROM:
        return NEWCOMERS
    taste = viewer.row["user_genre_taste"][: len(request.catalogue.genre_names)]
    return 1 + int(np.nan_to_num(taste).argmax())
