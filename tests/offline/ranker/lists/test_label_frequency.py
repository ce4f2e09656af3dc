"""Histories of which it is known how complete they are."""

from __future__ import annotations

import numpy as np
import pytest

from offline.ranker.lists.label_frequency import label_frequency

USERS, MOVIES, CAMPS = 200, 120, 3


def camps(share: float) -> np.ndarray:
    """Each user watched all films of one camp and some others; `share` of it was rated."""
    random = np.random.default_rng(5)
    own = np.arange(USERS)[:, None] % CAMPS == np.arange(MOVIES) % CAMPS
    watched = own | (random.random(own.shape) < 0.05)
    return (watched & (random.random(own.shape) < share)).astype(np.float32)


@pytest.mark.parametrize("share", [1.0, 0.9, 0.75, 0.6])
def test_the_share_that_was_recorded_is_found(share: float) -> None:
    assert label_frequency(camps(share), seed=1) == pytest.approx(share, abs=0.06)


def test_of_short_histories_nothing_is_said() -> None:
    assert label_frequency(camps(0.2), seed=1) == 1.0


def test_the_same_seed_says_the_same() -> None:
    rated = camps(0.75)
    assert label_frequency(rated, seed=3) == label_frequency(rated, seed=3)
