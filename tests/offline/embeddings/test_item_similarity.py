from __future__ import annotations

import io

import numpy as np
import pytest
from rich.console import Console

from offline.embeddings import item_similarity
from offline.embeddings.item_similarity import CoOccurrence, co_occurrence, item_similarities
from offline.features.event_table import read_table
from offline.runtime.step import RunContext
from sparrow.vectors.item_weights import ItemWeights, cosine, ease

pytestmark = pytest.mark.spark


def rows(space: RunContext) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """user, timestamp, place of the movie; and the movies' ids, ascending."""
    table = read_table(space.spark, space.tables, "ratings").toPandas()
    ids, place = np.unique(table["movie_id"], return_inverse=True)
    return table["user_id"].to_numpy(), table["timestamp"].to_numpy(), place, ids


def test_two_movies_share_a_user_the_more_the_closer_in_time_they_were_rated() -> None:
    user = np.array([7, 7, 7, 9])
    timestamp = np.array([1_000, 1_060, 9_000_000, 1_000])
    shared = CoOccurrence.of(user, timestamp, np.array([2, 0, 1, 2]), 4)
    both = np.zeros((4, 4))
    both[:3, :3] = [[1, 1, 1], [1, 1, 1], [1, 1, 2]]
    np.testing.assert_array_equal(shared.users, both)
    minute = 1 / np.e
    near_in_time = np.zeros((4, 4))
    near_in_time[:3, :3] = [[1, 0, minute], [0, 1, 0], [minute, 0, 2]]
    np.testing.assert_allclose(shared.near_in_time, near_in_time, rtol=1e-6)
    expected = ease(both + 3 * near_in_time, 300.0)
    np.testing.assert_allclose(shared.similarities()["ease"], expected, atol=1e-6)


def test_successors_count_less_the_later_they_come_and_end_with_the_session() -> None:
    user = np.array([7, 7, 7, 7, 9])
    timestamp = np.array([1_000, 1_060, 1_120, 9_000_000, 1_130])
    found = CoOccurrence.of(user, timestamp, np.array([2, 0, 1, 3, 3]), 4).successors
    expected = np.zeros((4, 4))
    expected[2, 0] = expected[0, 1] = 1.0
    expected[2, 1] = 0.5
    np.testing.assert_allclose(found, expected)


def test_what_is_far_apart_may_be_left_out() -> None:
    random = np.random.default_rng(3)
    user, timestamp = np.repeat(np.arange(30), 40), random.integers(0, 4_000, 1_200)
    movie = np.concatenate([random.permutation(60)[:40] for _ in range(30)])
    expected = np.zeros((60, 60))
    for one in range(30):
        mine = np.flatnonzero(user == one)
        apart = np.abs(np.subtract.outer(timestamp[mine], timestamp[mine]))
        expected[np.ix_(movie[mine], movie[mine])] += np.exp(-apart / 60)
    found = CoOccurrence.of(user, timestamp, movie, 60).near_in_time
    np.testing.assert_allclose(found, expected, atol=30 * np.exp(-10))
    assert expected.max() > 1


def test_ties_in_time_tell_nothing_of_the_order_of_rows() -> None:
    random = np.random.default_rng(5)
    user, timestamp = np.repeat(np.arange(4), 15), random.integers(0, 3, 60) * 40
    movie = np.concatenate([random.permutation(15) for _ in range(4)])
    order = random.permutation(60)
    here = CoOccurrence.of(user, timestamp, movie, 15)
    there = CoOccurrence.of(user[order], timestamp[order], movie[order], 15)
    np.testing.assert_array_equal(here.users, there.users)
    np.testing.assert_allclose(here.near_in_time, there.near_in_time, rtol=1e-5)
    np.testing.assert_array_equal(here.successors, there.successors)


def test_spark_counts_what_numpy_counts(space: RunContext) -> None:
    user, timestamp, place, ids = rows(space)
    ratings = read_table(space.spark, space.tables, "ratings")
    for step in (1, 3):  # with all movies, and with some
        some = place % step == 0
        expected = CoOccurrence.of(
            user[some], timestamp[some], place[some] // step, len(ids[::step])
        )
        found = co_occurrence(ratings, ids[::step])
        np.testing.assert_array_equal(found.users, expected.users)
        np.testing.assert_allclose(found.near_in_time, expected.near_in_time, rtol=1e-5)
        np.testing.assert_allclose(found.successors, expected.successors, rtol=1e-5)


def test_weights_are_those_of_the_closed_form(space: RunContext, tmp_path) -> None:
    user, timestamp, place, ids = rows(space)
    found = item_similarities(read_table(space.spark, space.tables, "ratings"), space.console)
    found["ease"].save(tmp_path / "ease")
    again = ItemWeights.load(tmp_path / "ease")
    assert again.ids.tolist() == ids.tolist()
    shared = CoOccurrence.of(user, timestamp, place, len(ids))
    np.testing.assert_allclose(
        again.weights, ease(shared.users + 3 * shared.near_in_time, 300.0), atol=1e-6
    )
    assert shared.users.sum() > 0 < shared.near_in_time.sum()


def test_what_the_bound_leaves_out_is_said(
    space: RunContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(item_similarity, "MAX_ITEMS", 8)
    said, ratings = io.StringIO(), read_table(space.spark, space.tables, "ratings")
    found = item_similarities(ratings, Console(file=said, width=200))
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
