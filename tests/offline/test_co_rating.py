from __future__ import annotations

import numpy as np
import pytest

from offline.co_rating import co_rating, gram
from offline.events import read
from offline.steps import Workspace
from sparrow.similarity import Similarity, ease

pytestmark = pytest.mark.spark


def seen(space: Workspace) -> tuple[np.ndarray, np.ndarray]:
    table = read(space.spark, space.tables, "ratings").toPandas()
    users, movies = np.unique(table["user_id"]), np.unique(table["movie_id"])
    matrix = np.zeros((len(users), len(movies)))
    matrix[np.searchsorted(users, table["user_id"]), np.searchsorted(movies, table["movie_id"])] = 1
    return matrix, movies


def test_the_gram_matrix_counts_shared_viewers(space: Workspace) -> None:
    matrix, movies = seen(space)
    ratings = read(space.spark, space.tables, "ratings")
    np.testing.assert_array_equal(gram(ratings, movies), matrix.T @ matrix)
    some = movies[::3]
    np.testing.assert_array_equal(gram(ratings, some), matrix[:, ::3].T @ matrix[:, ::3])


def test_weights_are_those_of_the_closed_form(space: Workspace, tmp_path) -> None:
    matrix, movies = seen(space)
    found = co_rating(read(space.spark, space.tables, "ratings"))
    found.save(tmp_path / "ease")
    again = Similarity.load(tmp_path / "ease")
    assert again.ids.tolist() == movies.tolist()
    np.testing.assert_allclose(again.weights, ease(matrix.T @ matrix, 300.0), atol=1e-6)


def test_ease_is_the_ridge_regression_of_each_movie_on_the_others() -> None:
    random = np.random.default_rng(2)
    matrix = (random.random((50, 6)) < 0.4).astype(float)
    weights = ease(matrix.T @ matrix, 3.0)
    for movie in range(6):
        others = np.delete(np.arange(6), movie)
        x, y = matrix[:, others], matrix[:, movie]
        expected = np.linalg.solve(x.T @ x + 3.0 * np.eye(5), x.T @ y)
        np.testing.assert_allclose(weights[others, movie], expected, rtol=1e-4)
        assert weights[movie, movie] == 0
