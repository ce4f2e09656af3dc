"""The viewer's tower in NumPy: what it reads of a row, and what it makes of nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sparrow.encoding import Encoding, Normal
from sparrow.features import Entity, declare
from sparrow.two_tower import NOBODY, Reader, ViewerTower, Weights

FEATURES = declare(("Comedy", "Drama"))
ENCODING = Encoding({}, {"user_rating_count": Normal(1.0, 0.5), "user_rating_mean": Normal(3, 1)})
MOVIES = np.array([10, 20, 30])
DIM, UNITS = 4, 3


@pytest.fixture
def reader() -> Reader:
    return Reader.of(FEATURES, ENCODING, MOVIES)


@pytest.fixture
def tower(reader: Reader) -> ViewerTower:
    random = np.random.default_rng(1)
    columns = len(reader.mean)
    length = FEATURES["user_recent_movies"].length
    shapes = {
        "chosen": (4, DIM),
        "liked": (4, DIM),
        "recency": (length,),
        "hidden": (DIM + columns, UNITS),
        "hidden_bias": (UNITS,),
        "out": (UNITS, DIM),
        "out_bias": (DIM,),
    }
    drawn = {n: random.random(shape).astype(np.float32) for n, shape in shapes.items()}
    return ViewerTower(reader, Weights(**drawn))


def rows(count: int = 1) -> np.ndarray:
    return FEATURES.empty_rows(Entity.USER, count)


def test_movies_become_places_and_stars_a_liking(reader: Reader) -> None:
    row = rows()
    row["user_recent_movies"][0, :4] = [30, 99, 10, 20]
    row["user_recent_stars"][0, :4] = [5, 5, np.nan, 2]
    row["user_rating_mean"] = 3.5
    inputs = reader(row)
    assert inputs.places[0, :5].tolist() == [3, NOBODY, 1, 2, NOBODY]
    assert inputs.liking[0, :5].tolist() == [1.5, 0, 0, -1.5, 0]


def test_numbers_are_normalised_and_the_unknown_is_zero(reader: Reader) -> None:
    row = rows(2)
    row["user_rating_count"] = [np.e**2 - 1, 1e30]
    row["user_rating_mean"] = [np.nan, 5]
    numbers = reader(row).numbers
    assert numbers[0, 1:3] == pytest.approx([2.0, 0.0])  # (log(1 + count) - 1) / 0.5
    assert numbers[1, 1:3] == pytest.approx([5.0, 2.0])  # an outlier is cut
    assert np.isfinite(numbers).all()


def test_somebody_without_a_history_has_a_finite_vector(tower: ViewerTower) -> None:
    vector = tower(rows())
    assert vector.shape == (1, DIM)
    assert vector.dtype == np.float32
    assert np.isfinite(vector).all()


def test_the_newest_movie_counts_by_its_recency(tower: ViewerTower) -> None:
    """One liked movie: (recency · (chosen + liking · liked)) / √(recency² + 1), then the layers."""
    row = rows()
    row["user_recent_movies"][0, 0], row["user_recent_stars"][0, 0] = 20, 5
    row["user_rating_mean"] = 4
    w = tower.weights
    history = w.recency[0] * (w.chosen[2] + w.liked[2]) / np.sqrt(w.recency[0] ** 2 + 1)
    both = np.concatenate([history, tower.reader(row).numbers[0]])
    expected = history + np.maximum(both @ w.hidden + w.hidden_bias, 0) @ w.out + w.out_bias
    assert tower(row)[0] == pytest.approx(expected, rel=1e-5)


def test_a_saved_tower_answers_alike(tower: ViewerTower, tmp_path: Path) -> None:
    tower.save(tmp_path / "tower.npz")
    row = rows()
    row["user_recent_movies"][0, 0] = 30
    assert ViewerTower.load(tmp_path / "tower.npz")(row).tolist() == tower(row).tolist()
