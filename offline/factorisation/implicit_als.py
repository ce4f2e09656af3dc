"""Implicit ALS in NumPy (Hu, Koren & Volinsky 2008), for parts of a log that fit into memory."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from sparrow.signals.models.als_factors import AlsParams

PARAMS = AlsParams()
ITERATIONS = 8  # about as good as more …
WARM_ITERATIONS = 3  # … where earlier factors are there to start from
ROWS = 1_000  # whose normal equations are in memory at a time


def fit_implicit_als(
    seen: sparse.csr_array, seed: int, initial: list[np.ndarray] | None = None
) -> list[np.ndarray]:
    """Movies' factors from 1 where a user watched: (movies, rank) of each of the ALS's ranks.

    `initial`: factors of an earlier part of the log, from which less work is left.
    """
    random = np.random.default_rng(seed)
    by_movie = sparse.csr_array(seen.T)
    factors = []
    for number, rank in enumerate(PARAMS.ranks):
        movies = random.normal(0.0, 0.1, (seen.shape[1], rank))
        if initial is not None:  # a movie that is new to the log starts at random
            known = initial[number].any(axis=1)
            movies[known] = initial[number][known]
        for _ in range(ITERATIONS if initial is None else WARM_ITERATIONS):
            movies = als_half_step(by_movie, als_half_step(seen, movies))
        factors.append(movies)
    return factors


def als_fold_in(seen: sparse.csr_array, factors: list[np.ndarray]) -> np.ndarray:
    """Users' factors in each factorisation, one after another: (users, sum of ranks)."""
    return np.hstack([als_half_step(seen, movies) for movies in factors])


def als_half_step(seen: sparse.csr_array, other_factors: np.ndarray) -> np.ndarray:
    """Each row's best factors, float32; the ridge grows with the row's count, as MLlib's does."""
    other_factors = other_factors.astype(np.float32)
    dim = other_factors.shape[1]
    everything, alone = other_factors.T @ other_factors, np.eye(dim, dtype=np.float32)
    upper = np.triu_indices(dim)  # of matrices that are symmetric
    squares = other_factors[:, upper[0]] * other_factors[:, upper[1]]
    confidence, ridge = np.float32(PARAMS.confidence), np.float32(PARAMS.regularisation)
    parts = []
    for start in range(0, seen.shape[0], ROWS):
        block = seen[start : start + ROWS]
        count = np.diff(block.indptr)[:, None, None].astype(np.float32)
        left = np.empty((block.shape[0], dim, dim), dtype=np.float32)
        left[:, upper[0], upper[1]] = left[:, upper[1], upper[0]] = confidence * (block @ squares)
        left += everything + ridge * np.maximum(count, 1) * alone
        right = (1 + confidence) * (block @ other_factors)
        parts.append(np.linalg.solve(left, right[:, :, None])[:, :, 0])
    return np.concatenate(parts)
