"""Movies of stated tastes lead the list of somebody who has hardly rated."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from online.flow.rerankers.stated_tastes import StatedTastes
from online.flow.stages import Candidates

AFFINITY = np.array([[0.0] * 12 + [0.9] * 24, [0.9] * 12 + [0.0] * 24], dtype=np.float32)


def asked(points: list[float], ratings: int) -> SimpleNamespace:
    """A request of a catalogue of 36 movies, of which the last 24 are of the first taste."""
    return SimpleNamespace(
        catalogue=SimpleNamespace(
            fitted=SimpleNamespace(tastes=SimpleNamespace(affinity=AFFINITY))
        ),
        history=SimpleNamespace(taste_points=np.array(points, dtype=np.float32)),
        viewer=SimpleNamespace(history=np.zeros(ratings)),
    )


def ordered(points: list[float], ratings: int) -> np.ndarray:
    candidates = Candidates(np.arange(36), np.zeros((1, 36), dtype=np.int64))
    return StatedTastes()(asked(points, ratings), candidates, -np.arange(36.0))


@pytest.mark.parametrize("length", [6, 12, 24])
def test_others_have_a_sixth_of_the_places_at_most(length: int) -> None:
    order = ordered([1.0, 0.0], 0)
    assert sorted(order) == list(range(36))
    assert (order[:length] < 12).sum() <= length / 6
    for group in (order[order < 12], order[order >= 12]):  # each keeps its own order
        assert (np.diff(group) > 0).all()


def test_with_every_rating_the_ranker_decides_more() -> None:
    others = [int((ordered([1.0, 0.0], ratings)[:12] < 12).sum()) for ratings in (0, 3, 6, 9, 10)]
    assert others == sorted(others)
    assert others[0] < others[2] < others[-1] == 12


def test_without_points_the_order_stays() -> None:
    assert ordered([0.0, 0.0], 0).tolist() == list(range(36))
