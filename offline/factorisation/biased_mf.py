"""Biased MF of the train split by ALS, once for all users and once without each fold.

In memory, with sparse matrices: three numbers per rating of the train split.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from offline.factorisation.matrix_factors import MatrixFactors
from sparrow.arrays import Int, shrunk_mean
from sparrow.features.rating_events import hash_order


@dataclass(frozen=True)
class MatrixFactorConfig:
    """Chosen on validation of ml-100k, both splits."""

    dimensions: int = 16
    ridge: float = 14.0  # on every factor
    user_ridge: float = 4.0  # of the regression that gives a user's factors
    shrinkage: float = 4.0  # ratings' weight that a bias of zero has
    iterations: int = 10
    folds: int = 5


@dataclass(frozen=True)
class RatingTriples:
    """Ratings of the train part as parallel arrays."""

    user_ids: Int
    movie_ids: Int
    rating: np.ndarray  # stars


def user_fold(user_ids: Int, folds: int) -> Int:
    """Which fold, from 1, each user belongs to: by a hash of the id alone; all to 1 of none."""
    dealt: Int = (hash_order(user_ids) % np.uint64(max(folds, 1))).astype(np.int64) + 1
    return dealt


def fit_matrix_factors(
    ratings: RatingTriples, config: MatrixFactorConfig, seed: int
) -> MatrixFactors:
    """MatrixFactors of every movie of the ratings."""
    movie_ids, movie = np.unique(ratings.movie_ids, return_inverse=True)
    user_ids, user = np.unique(ratings.user_ids, return_inverse=True)
    fold = user_fold(user_ids, config.folds)[user]
    shape = len(user_ids), len(movie_ids)
    vectors, biases, means = [], [], []
    for left_out in range(config.folds + 1):
        kept = fold != left_out  # no user is in fold 0
        stars = ratings.rating[kept].astype(np.float64)
        means.append(stars.mean() if len(stars) else 0.0)
        seen = sparse.csr_array((stars - means[-1], (user[kept], movie[kept])), shape=shape)
        bias, residual = _without_biases(seen, config.shrinkage)
        biases.append(bias)
        vectors.append(_als(residual, config, seed))
    return MatrixFactors(
        movie_ids,
        np.stack(vectors).astype(np.float32),
        np.stack(biases).astype(np.float32),
        np.array(means, dtype=np.float32),
        config.user_ridge,
        config.shrinkage,
    )


def _without_biases(
    stars: sparse.csr_array, shrinkage: float
) -> tuple[np.ndarray, sparse.csr_array]:
    """Movie biases (movies,), and the residuals after movie and user biases."""
    coordinates = stars.tocoo()
    (rows, columns), values = coordinates.coords, coordinates.data
    users, movies = stars.shape
    of_user, of_movie = np.zeros(users), np.zeros(movies)
    for _ in range(5):
        of_movie = shrunk_mean(columns, values - of_user[rows], movies, shrinkage)
        of_user = shrunk_mean(rows, values - of_movie[columns], users, shrinkage)
    left = values - of_user[rows] - of_movie[columns]
    return of_movie, sparse.csr_array((left, (rows, columns)), shape=stars.shape)


def _als(residual: sparse.csr_array, config: MatrixFactorConfig, seed: int) -> np.ndarray:
    """Movie factors (movies, dim) of ALS; the last half-step is that of the movies."""
    random = np.random.default_rng(seed)
    movies = random.normal(0.0, 0.1, (residual.shape[1], config.dimensions))
    by_movie = sparse.csr_array(residual.T)
    for _ in range(config.iterations):
        users = _solve(residual, movies, config.ridge)
        movies = _solve(by_movie, users, config.ridge)
    return movies


ROWS = 20_000  # whose normal equations are in memory at a time


def _solve(targets: sparse.csr_array, other_factors: np.ndarray, ridge: float) -> np.ndarray:
    """Ridge regression of each row of `targets` on the factors `other_factors` of its columns."""
    dim = other_factors.shape[1]
    squares = (other_factors[:, :, None] * other_factors[:, None, :]).reshape(
        len(other_factors), dim * dim
    )
    parts = []
    for start in range(0, targets.shape[0], ROWS):
        block = targets[start : start + ROWS]
        present = sparse.csr_array(
            (np.ones(block.nnz), block.indices, block.indptr), shape=block.shape
        )
        left = (present @ squares).reshape(-1, dim, dim) + ridge * np.eye(dim)
        parts.append(np.linalg.solve(left, (block @ other_factors)[:, :, None])[:, :, 0])
    return np.concatenate(parts)
