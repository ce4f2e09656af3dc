"""Folding in against the plain weighted least squares that it solves in closed form."""

from types import SimpleNamespace

import numpy as np
from online.fold_in import Evidence, FoldIn

from sparrow.vectors import Vectors

MOVIES, DIM = 30, 4
NOBODY = np.empty(0, dtype=np.int64)


def catalogue(seed=1):
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(MOVIES, DIM)).astype(np.float32)
    known = np.arange(MOVIES) != 7
    matrix[~known] = 0
    return SimpleNamespace(vectors={n: Vectors(matrix, known) for n in ("als", "item2vec")})


def least_squares(matrix, picked, weights, regularisation, confidence):
    """Every movie is a row: picked ones pull to 1 with more confidence, all others to 0."""
    times, dim = np.ones(MOVIES), matrix.shape[1]
    times[picked] += confidence * weights
    # a weighted pick is that share of a movie picked and the rest of it not picked
    target = np.zeros(MOVIES)
    target[picked] = (weights + confidence * weights) / times[picked]
    rows = np.vstack(
        [matrix * np.sqrt(times)[:, None], np.sqrt(regularisation * weights.sum()) * np.eye(dim)]
    )
    aims = np.concatenate([target * np.sqrt(times), np.zeros(dim)])
    return np.linalg.lstsq(rows, aims)[0]


def test_als_is_the_least_squares_solution():
    films = catalogue()
    picked, weights = np.array([0, 3, 7, 12]), np.array([1.0, 1.0, 1.0, 0.25])
    found = FoldIn(films, 0.2, 1.0)(Evidence(picked, weights, NOBODY))
    known = picked != 7  # has no vector, so it tells nothing
    expected = least_squares(films.vectors["als"].matrix, picked[known], weights[known], 0.2, 1.0)
    np.testing.assert_allclose(found["als"], expected, rtol=1e-4)
    assert "item2vec" not in found


def test_factorisations_side_by_side_are_solved_each_by_itself():
    films = catalogue()
    picked, weights = np.array([0, 3, 12]), np.array([1.0, 1.0, 0.25])
    constants = {"als_regularisation": 0.2, "als_confidence": 1.0, "als_rank_0": 1, "als_rank_1": 3}
    found = FoldIn.of(films, constants)(Evidence(picked, weights, NOBODY))
    matrix = films.vectors["als"].matrix
    parts = [least_squares(part, picked, weights, 0.2, 1.0) for part in np.split(matrix, [1], 1)]
    np.testing.assert_allclose(found["als"], np.concatenate(parts), rtol=1e-4)


def test_a_hint_that_hardly_counts_moves_hardly_anything_even_where_factors_are_alike():
    alike = np.outer(np.arange(MOVIES), np.ones(DIM)).astype(np.float32)
    films = SimpleNamespace(vectors={"als": Vectors(alike, np.ones(MOVIES, dtype=bool))})
    found = FoldIn(films)(Evidence(np.array([3]), np.array([5e-324]), NOBODY))
    np.testing.assert_allclose(found["als"], 0, atol=1e-6)


def test_item2vec_is_the_mean_of_the_last_likes():
    films = catalogue()
    liked = np.concatenate([np.arange(8), np.full(60, 9)])
    found = FoldIn(films)(Evidence(NOBODY, np.empty(0), liked))
    matrix = films.vectors["item2vec"].matrix
    expected = (matrix[[0, 1, 2, 3, 4, 5, 6]].sum(axis=0) + 42 * matrix[9]) / 49
    np.testing.assert_allclose(found["item2vec"], expected, rtol=1e-5)


def test_nothing_known_gives_no_vector():
    nothing = Evidence(np.array([7]), np.ones(1), np.array([7]))
    assert FoldIn(catalogue())(nothing) == {}
    assert FoldIn(SimpleNamespace(vectors={}))(nothing) == {}


def test_the_constants_of_a_release_are_used():
    made = FoldIn.of(catalogue(), {"als_regularisation": 0.5, "als_confidence": 3.0})
    assert (made.regularisation, made.confidence) == (0.5, 3.0)
