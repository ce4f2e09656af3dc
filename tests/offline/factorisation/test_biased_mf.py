from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from offline.factorisation.biased_mf import (
    MatrixFactorConfig,
    RatingTriples,
    fit_matrix_factors,
    user_fold,
)
from offline.factorisation.matrix_factors import MatrixFactors

CONFIG = MatrixFactorConfig(dimensions=2, ridge=0.5, iterations=15, folds=3)
USERS, MOVIES = 60, 30


def two_camps() -> RatingTriples:
    """Even users give even movies five stars and odd ones one; odd users the other way round."""
    random = np.random.default_rng(5)
    user, movie = (ids.ravel() for ids in np.meshgrid(np.arange(USERS), np.arange(MOVIES)))
    kept = random.random(len(user)) < 0.4
    user, movie = user[kept], movie[kept]
    stars = np.where(user % 2 == movie % 2, 5.0, 1.0).astype(np.float32)
    return RatingTriples(user + 1_000, movie * 7, stars)


@pytest.fixture(scope="module")
def factors() -> MatrixFactors:
    return fit_matrix_factors(two_camps(), CONFIG, seed=1)


def test_movies_of_one_camp_point_one_way(factors: MatrixFactors) -> None:
    camp = factors.movie_ids // 7 % 2
    for table in factors.vectors:
        unit = table / np.linalg.norm(table, axis=1, keepdims=True)
        agreement = unit @ unit.T
        within, across = agreement[camp[:, None] == camp], agreement[camp[:, None] != camp]
        assert within.min() > 0.2
        assert across.max() < -0.2


def test_a_table_knows_nothing_of_the_users_it_left_out(factors: MatrixFactors) -> None:
    ratings = two_camps()
    left_out = user_fold(ratings.user_ids, CONFIG.folds) == 2
    turned = np.where(left_out, 6.0 - ratings.rating, ratings.rating).astype(np.float32)
    other = fit_matrix_factors(
        RatingTriples(ratings.user_ids, ratings.movie_ids, turned), CONFIG, seed=1
    )
    assert other.means[2] == factors.means[2]
    np.testing.assert_array_equal(other.biases[2], factors.biases[2])
    np.testing.assert_array_equal(other.vectors[2], factors.vectors[2])
    assert np.abs(other.vectors[1] - factors.vectors[1]).max() > 0.05


def test_everybody_is_in_one_fold_and_folds_are_of_like_size() -> None:
    fold = user_fold(np.arange(1, 3_001), 3)
    assert set(fold) == {1, 2, 3}
    assert np.bincount(fold)[1:].min() > 900


def test_what_is_saved_is_read_back(factors: MatrixFactors, tmp_path: Path) -> None:
    factors.save(tmp_path / "factors.npz")
    again = MatrixFactors.load(tmp_path / "factors.npz")
    for name in ("movie_ids", "vectors", "biases", "means"):
        np.testing.assert_array_equal(getattr(again, name), getattr(factors, name))
    assert (again.ridge, again.shrinkage, again.folds) == (CONFIG.user_ridge, CONFIG.shrinkage, 3)
