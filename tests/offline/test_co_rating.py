from __future__ import annotations

import io

import numpy as np
import pytest
from rich.console import Console

from offline import co_rating
from offline.co_rating import co_ratings, gram
from offline.events import read
from offline.steps import Workspace
from sparrow.similarity import Similarity, cosine, ease

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
    found = co_ratings(read(space.spark, space.tables, "ratings"), space.console)
    found["ease"].save(tmp_path / "ease")
    again = Similarity.load(tmp_path / "ease")
    assert again.ids.tolist() == movies.tolist()
    np.testing.assert_allclose(again.weights, ease(matrix.T @ matrix, 300.0), atol=1e-6)


def test_what_the_bound_leaves_out_is_said(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(co_rating, "MOST_MOVIES", 8)
    said, ratings = io.StringIO(), read(space.spark, space.tables, "ratings")
    found = co_ratings(ratings, Console(file=said, width=200))
    counts = np.sort(ratings.toPandas()["movie_id"].value_counts().to_numpy())
    share = counts[:-8].sum() / counts.sum()
    assert f"8 most rated movies and leaves out 30 with {share:.1%} of the ratings" in (
        said.getvalue()
    )
    assert {len(similarity.ids) for similarity in found.values()} == {8}


def test_cosine_by_hand() -> None:
    seen = np.array([[1, 1, 0, 0], [1, 1, 1, 0], [0, 1, 1, 0]])
    weights = cosine(seen.T @ seen, neighbours=4, shrinkage=0)
    expected = np.zeros((4, 4))
    expected[0, 1] = expected[1, 0] = expected[1, 2] = expected[2, 1] = 2 / np.sqrt(6)
    expected[0, 2] = expected[2, 0] = 1 / 2
    np.testing.assert_allclose(weights, expected, rtol=1e-6)
    nearest = cosine(seen.T @ seen, neighbours=1, shrinkage=0)
    np.testing.assert_allclose(nearest[:, 0], expected[:, 0] * [0, 1, 0, 0], rtol=1e-6)
    shrunk = cosine(seen.T @ seen, neighbours=4, shrinkage=5)
    assert shrunk[0, 1] == pytest.approx(2 / (np.sqrt(6) + 5))


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
