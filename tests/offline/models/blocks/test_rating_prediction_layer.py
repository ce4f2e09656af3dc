from __future__ import annotations

import numpy as np
import pytest

from offline.factorisation.biased_mf import user_fold
from offline.factorisation.matrix_factors import MatrixFactors
from offline.models.blocks.rating_prediction_layer import (
    BIAS_REACH,
    TASTE_REACH,
    RatingPredictionLayer,
)
from sparrow.features.preprocessing import FIRST_KNOWN_ROW, Preprocessing

pytestmark = pytest.mark.tensorflow

MOVIE_IDS, USER_IDS = np.array([10, 20, 30]), np.array([5, 6, 7, 8])
RANDOM = np.random.default_rng(3)
FACTORS = MatrixFactors(
    movie_ids=MOVIE_IDS,
    vectors=RANDOM.normal(size=(3, 3, 2)).astype(np.float32),
    biases=RANDOM.normal(size=(3, 3)).astype(np.float32),
    means=np.array([3.5, 3.25, 4.0], np.float32),
    ridge=2.0,
    shrinkage=4.0,
)
ENCODING = Preprocessing({"movies": np.array([10, 15, 20, 30]), "users": USER_IDS}, {})
ROW = {
    10: FIRST_KNOWN_ROW,
    15: FIRST_KNOWN_ROW + 1,
    20: FIRST_KNOWN_ROW + 2,
    30: FIRST_KNOWN_ROW + 3,
}


def by_hand(movie: int, history: dict[int, float], table: int) -> list[float]:
    place = {movie_id: row for row, movie_id in enumerate(MOVIE_IDS)}
    vectors, biases = FACTORS.vectors[table], FACTORS.biases[table]
    above = {
        m: stars - float(FACTORS.means[table]) - (biases[place[m]] if m in place else 0.0)
        for m, stars in history.items()
    }
    near, mood = (1 / (1 + np.arange(len(history)) / r) for r in (TASTE_REACH, BIAS_REACH))
    user = np.array([*above.values()]) @ mood / (mood.sum() + 4.0)
    v = np.array([vectors[place[m]] if m in place else [0.0, 0.0] for m in history]).reshape(-1, 2)
    rest = np.array([above[m] - user for m in history])
    taste = np.linalg.solve(v.T @ (near[:, None] * v) + 2.0 * np.eye(2), v.T @ (near * rest))
    bias, match = biases[place[movie]], float(taste @ vectors[place[movie]])
    return [user, bias, match, user + bias + match]


@pytest.mark.parametrize("training", [False, True])
def test_the_estimate_is_that_of_a_ridge_regression(training: bool) -> None:
    history = {20: 5.0, 10: 2.0, 15: 4.0}
    rows = [[ROW[m] for m in history] + [0], [0, 0, 0, 0]]
    stars = np.array([[*history.values(), np.nan], [np.nan] * 4], np.float32)
    users = np.array([6, 7])
    found = RatingPredictionLayer(FACTORS, ENCODING)(
        np.array([ROW[30], ROW[10]], np.int32),
        np.array(rows, np.int32),
        stars,
        (FIRST_KNOWN_ROW + np.searchsorted(USER_IDS, users)).astype(np.int32),
        training=training,
    )
    tables = user_fold(users, 2) if training else [0, 0]
    expected = [by_hand(30, history, tables[0]), by_hand(10, {}, tables[1])]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_one_user_and_many_movies_are_as_many_rows_of_that_user() -> None:
    layer = RatingPredictionLayer(FACTORS, ENCODING)
    movies = np.array([ROW[10], ROW[20], ROW[30], 1], np.int32)
    history, stars = np.array([[ROW[20], ROW[10]]], np.int32), np.array([[4.0, 1.0]], np.float32)
    user = np.array([FIRST_KNOWN_ROW], np.int32)
    once = layer(movies, history, stars, user)
    many = layer(movies, np.repeat(history, 4, 0), np.repeat(stars, 4, 0), np.repeat(user, 4))
    np.testing.assert_allclose(once, many, rtol=1e-5)
    assert once[3, 1:3].numpy().tolist() == [0.0, 0.0]  # nothing is known of an unknown movie
