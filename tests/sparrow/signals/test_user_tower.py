"""The user's tower in NumPy: what an event, its time, its weight and its absence do to a vector."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sparrow.signals.models.user_tower import (
    LENGTH,
    TIME_BUCKETS,
    TwoTower,
    centred_ratings,
    time_bucket,
)
from sparrow.signals.values.history import History

MOVIES, DIM, HEADS, UNITS = 30, 8, 2, 6
NOW = 1_000_000_000


@pytest.fixture
def tower() -> TwoTower:
    random = np.random.default_rng(1)
    projection = (HEADS, DIM, DIM // HEADS)
    shapes = {
        "item_vectors": (MOVIES, DIM + 1),
        "content_weights": (3, DIM),
        "start": (DIM,),
        "rating": (DIM,),
        "time_gap": (TIME_BUCKETS, DIM),
        "query": projection,
        "key": projection,
        "value": projection,
        "attention_out": (DIM, DIM),
        "distance_bias": (HEADS, LENGTH),
        "norms": (3, 2, DIM),
        "hidden": (DIM, UNITS),
        "hidden_bias": (UNITS,),
        "hidden_out": (UNITS, DIM),
        "hidden_out_bias": (DIM,),
        "recency": (LENGTH,),
    }
    drawn = {n: random.normal(size=shape).astype(np.float32) for n, shape in shapes.items()}
    return TwoTower(**drawn)


def history(*items: int, at: int = NOW, rating: float = 4.0) -> History:
    count = len(items)
    return History(
        np.array(items, dtype=np.int64),
        np.full(count, rating, dtype=np.float32),
        NOW - 100 + np.arange(count),
        np.ones(count, dtype=np.float32),
        at,
    )


def test_a_vector_gives_each_movie_a_logit(tower: TwoTower) -> None:
    vector = tower.vector(history(1, 2, 3))
    assert vector.shape == (DIM + 1,)
    assert vector.dtype == np.float32
    assert vector[-1] == 1.0  # so that the last column of the movies is their bias
    assert (tower.item_vectors @ vector).shape == (MOVIES,)


def test_a_user_without_events_has_a_finite_vector(tower: TwoTower) -> None:
    vector = tower.vector(history())
    assert vector.shape == (DIM + 1,)
    assert np.isfinite(vector).all()
    assert not np.allclose(vector, tower.vector(history(1)))


def test_the_order_of_events_and_the_time_since_the_last_one_matter(tower: TwoTower) -> None:
    vector = tower.vector(history(1, 2, 3))
    assert not np.allclose(vector, tower.vector(history(3, 1, 2)), atol=1e-3)
    assert not np.allclose(vector, tower.vector(history(1, 2, 3, at=NOW + 10**7)), atol=1e-3)


def test_ratings_matter_and_unknown_ones_count_as_the_mean(tower: TwoTower) -> None:
    liked, disliked = history(1, rating=5.0), history(1, rating=1.0)
    assert not np.allclose(tower.vector(liked), tower.vector(disliked), atol=1e-3)
    unknown = tower.vector(history(1, rating=np.nan))
    without = replace(tower, rating=np.zeros(DIM, dtype=np.float32)).vector(liked)
    np.testing.assert_allclose(unknown, without, rtol=1e-5)


@pytest.mark.parametrize("unknown", [-1, MOVIES])
def test_movies_outside_the_table_are_left_out(tower: TwoTower, unknown: int) -> None:
    with_unknown = history(1, unknown, 2)
    known = np.array([True, False, True])
    without = History(
        with_unknown.item_index[known],
        with_unknown.rating[known],
        with_unknown.timestamp[known],
        with_unknown.weight[known],
        NOW,
    )
    assert tower.vector(with_unknown).tolist() == tower.vector(without).tolist()


def test_only_the_latest_events_are_read(tower: TwoTower) -> None:
    recent = [number % MOVIES for number in range(LENGTH)]
    ratings = np.full(LENGTH + 1, np.nan, dtype=np.float32)
    first, second = (replace(history(old, *recent), rating=ratings) for old in (3, 4))
    assert tower.vector(first).tolist() == tower.vector(second).tolist()
    newest = replace(history(3, *recent[:-1], 9), rating=ratings)
    assert not np.allclose(tower.vector(first), tower.vector(newest), atol=1e-3)


def test_an_event_of_hardly_any_weight_hardly_counts(tower: TwoTower) -> None:
    def vector(item: int, weight: float) -> np.ndarray:
        weights = np.array([1.0, weight, 1.0], dtype=np.float32)
        return tower.vector(replace(history(1, item, 3), weight=weights))

    full = np.abs(vector(2, 1.0) - vector(7, 1.0)).max()
    slight = np.abs(vector(2, 1e-6) - vector(7, 1e-6)).max()
    assert slight < full / 100


def test_a_saved_tower_gives_the_same_vectors(tower: TwoTower, tmp_path: Path) -> None:
    tower.save(tmp_path / "towers")
    loaded = TwoTower.load(tmp_path / "towers")
    assert loaded.vector(history(1, 2)).tolist() == tower.vector(history(1, 2)).tolist()


def test_ratings_are_centred_by_what_the_user_rated_so_far() -> None:
    stars = np.array([5.0, np.nan, 1.0, 4.0], dtype=np.float32)
    first = 5.0 - (5.0 + 5 * 3.5) / 6
    third = 1.0 - (6.0 + 5 * 3.5) / 7
    assert centred_ratings(stars)[:3] == pytest.approx([first, 0.0, third])
    np.testing.assert_array_equal(centred_ratings(stars)[:2], centred_ratings(stars[:2]))


def test_times_are_counted_in_doublings() -> None:
    seconds = np.array([[-5, 0, 1], [2, 3, 4], [2**22 - 1, 2**22, 2**40]])
    assert time_bucket(seconds).tolist() == [[0, 0, 1], [2, 2, 3], [22, 23, 23]]
