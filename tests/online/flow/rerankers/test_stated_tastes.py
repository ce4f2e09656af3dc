"""Movies of stated tastes lead the list of somebody who has hardly rated."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from online.flow.rerankers.stated_tastes import StatedTastes, within
from online.flow.stages import Candidates
from sparrow.signals.models.taste_clusters import TasteClusters, TasteName

MOVIES = 60
KINDS = np.arange(MOVIES) % 5
"""Of each five movies, the best first: both tastes, drama, comedy, drama, and none of the two."""

AFFINITY = np.array(
    [[0.8, 0.9, 0.0, 0.9, 0.0], [0.8, 0.0, 0.9, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.9]],
    dtype=np.float32,
)[:, KINDS]
DRAMA, COMEDY, BOTH = {0, 1, 3}, {0, 2}, 0


def tastes(affinity: np.ndarray = AFFINITY) -> TasteClusters:
    return TasteClusters(
        affinity,
        np.full((3, 1), -1),
        (TasteName(("Drama",)), TasteName(("Comedy",)), TasteName(("War",))),
        np.full((3, 2), np.nan, dtype=np.float32),
        np.ones(affinity.shape[1], dtype=np.int64),
    )


def ordered(
    points: list[float],
    ratings: int = 0,
    liked: tuple[int, ...] = (),
    found: TasteClusters | None = None,
) -> np.ndarray:
    """The new order of all movies, of somebody with so many ratings, of which some are likes."""
    found = found or tastes()
    movies = found.affinity.shape[1]
    request = SimpleNamespace(
        catalogue=SimpleNamespace(fitted=SimpleNamespace(tastes=found), like_threshold=3.5),
        history=SimpleNamespace(
            taste_points=np.array(points, dtype=np.float32),
            item_index=np.array([*liked, movies - 1]),
            rating=np.array([4.5] * len(liked) + [np.nan], dtype=np.float32),
        ),
        user=SimpleNamespace(history=np.zeros(ratings)),
    )
    candidates = Candidates(np.arange(movies), np.zeros((1, movies), dtype=np.int64))
    order = StatedTastes()(request, candidates, -np.arange(float(movies)))
    assert sorted(order) == list(range(movies))
    return order


def of(kinds: set[int], order: np.ndarray, length: int = 12) -> int:
    return int(np.isin(KINDS[order[:length]], list(kinds)).sum())


@pytest.mark.parametrize("length", [8, 12, 24])
def test_others_have_an_eighth_of_the_places_at_most(length: int) -> None:
    order = ordered([1.0, 0.0, 0.0])
    assert length - of(DRAMA, order, length) <= length / 8
    for kind in range(5):  # each keeps its own order
        assert (np.diff(order[KINDS[order] == kind]) > 0).all()


def test_what_is_of_several_tastes_leads_the_list_of_none_of_them() -> None:
    first, second = ordered([1.0, 0.0, 0.0]), ordered([0.0, 1.0, 0.0])
    assert len(set(first[:12]) & set(second[:12])) <= 3
    # half of each is another taste's: two cost as much as a movie of another taste
    assert of({BOTH}, first) * 0.5 <= 12 / 8


def test_who_states_several_tastes_sees_what_is_of_all_of_them() -> None:
    order = ordered([3.0, 3.0, 0.0])
    assert order[0] == 0
    assert of({BOTH}, order) >= 3
    assert of(DRAMA | COMEDY, order) >= 11


def test_with_every_rating_the_ranker_decides_more() -> None:
    own = [of(COMEDY, ordered([0.0, 1.0, 0.0], ratings)) for ratings in (0, 3, 6, 9, 10)]
    assert own == sorted(own, reverse=True)
    assert own[0] > own[2] > own[-1] == of(COMEDY, np.arange(MOVIES))


def test_without_points_the_order_stays() -> None:
    assert ordered([0.0, 0.0, 0.0]).tolist() == list(range(MOVIES))


def test_likes_that_have_a_taste_in_common_bring_it() -> None:
    wars = tuple(np.flatnonzero(KINDS == 4)[-5:].tolist())
    order = ordered([0.0, 0.0, 0.0], 5, wars)
    assert of({4}, order) >= 6
    assert of({4}, np.arange(MOVIES)) < 5
    for ratings, liked in [(3, wars[:3]), (5, (*wars[:3], 1, 2)), (10, wars)]:
        assert ordered([0.0, 0.0, 0.0], ratings, liked).tolist() == list(range(MOVIES))


def test_of_movies_that_all_belong_to_all_tastes_the_ranker_decides() -> None:
    alike = tastes(np.full((3, 9), 0.8, dtype=np.float32))
    assert ordered([6.0, 0.0, 0.0], found=alike).tolist() == list(range(9))


def test_where_nothing_is_near_enough_the_nearest_comes_first() -> None:
    assert within(np.array([1.0, 0.6, 0.3, 0.0]), 0.1).tolist() == [3, 2, 1, 0]
    assert within(np.zeros(0), 0.1).tolist() == []
