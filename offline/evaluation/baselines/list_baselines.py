"""Baselines for recommendation lists.

Small, exact, in NumPy and SciPy, and independent of the serving code's recall sources. Each is a
function from a training part, and parameters that validation chooses, to scores.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from offline.evaluation.baselines.interaction_matrix import InteractionMatrix, Scorer
from sparrow.arrays import half_life_decay

Fit = Callable[..., Scorer]


@dataclass(frozen=True)
class Baseline:
    """A recommender and the values among which validation chooses, per parameter."""

    fit: Fit  # (InteractionMatrix, **parameters) to scores
    choices: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


def popularity(known: InteractionMatrix) -> Scorer:
    """The most rated movies."""
    return _same_for_all(np.asarray(known.matrix.sum(axis=0)).ravel())


def recent_popularity(known: InteractionMatrix, half_life: float) -> Scorer:
    """The most rated movies, a rating counting half after each `half_life` days."""
    weights = _mapped(known.days, lambda days: half_life_decay(days, half_life))
    return _same_for_all(np.asarray(weights.sum(axis=0)).ravel())


def item_knn(known: InteractionMatrix, neighbours: float, shrink: float) -> Scorer:
    """Movies rated by the same users as those in the history: cosine, the nearest count.

    Sarwar et al., Item-Based Collaborative Filtering Recommendation Algorithms (2001); with the
    shrinkage of Bell & Koren (2007).
    """
    gram = _gram(known.matrix)
    norms = np.sqrt(gram.diagonal())
    similarity = gram / np.maximum(np.outer(norms, norms) + shrink, 1.0)
    np.fill_diagonal(similarity, 0.0)
    return _by_similarity(known.matrix, _nearest(similarity, int(neighbours)))


def rp3_beta(known: InteractionMatrix, alpha: float, beta: float, neighbours: float) -> Scorer:
    """Three steps of a random walk from user to movie, popular movies discounted.

    Paudel et al., Updatable, Accurate, Diverse, and Scalable Recommendations for Interactive
    Applications (2017).
    """
    by_user = _rows_to_one(known.matrix)
    by_movie = _rows_to_one(known.matrix.T.tocsr())
    by_user, by_movie = (_mapped(m, lambda p: p**alpha) for m in (by_user, by_movie))
    walk = (by_movie @ by_user).toarray()
    popular = np.asarray(known.matrix.sum(axis=0)).ravel()
    similarity = walk / np.maximum(popular, 1) ** beta
    np.fill_diagonal(similarity, 0.0)
    return _by_similarity(by_user, _nearest(similarity, int(neighbours)))


def ease(known: InteractionMatrix, regularisation: float) -> Scorer:
    """The linear item-item model that best gives back the ratings, in closed form.

    Steck, Embarrassingly Shallow Autoencoders for Sparse Data (2019), arXiv:1905.03375.
    """
    return _by_similarity(known.matrix, ease_weights(known, regularisation))


def ease_recent(known: InteractionMatrix, regularisation: float, half_life: float) -> Scorer:
    """EASE over a history whose ratings count half after each `half_life` later ones."""
    history = _mapped(known.age, lambda age: half_life_decay(age - 1, half_life))
    return _by_similarity(history, ease_weights(known, regularisation))


def ease_weights(known: InteractionMatrix, regularisation: float) -> np.ndarray:
    """Weights (movies, movies) from movies of the history to movies, zero on the diagonal."""
    gram = _gram(known.matrix)
    gram[np.diag_indices_from(gram)] += regularisation
    precision = np.linalg.inv(gram)
    weights = -precision / precision.diagonal()
    np.fill_diagonal(weights, 0.0)
    return weights.astype(np.float32)


def als(
    known: InteractionMatrix, dimensions: float, regularisation: float, confidence: float
) -> Scorer:
    """Matrix factorisation of "rated at all" by alternating least squares.

    Hu, Koren & Volinsky, Collaborative Filtering for Implicit Feedback Datasets (2008), the ridge
    scaled by how often a row occurs (Rendle et al., 2021, arXiv:2110.14037).
    """
    random = np.random.default_rng(0)
    shape = (len(known.movies), int(dimensions))
    movies = random.normal(0, 0.1, shape)
    by_movie = known.matrix.T.tocsr()
    for _ in range(12):
        users = _solved(known.matrix, movies, regularisation, confidence)
        movies = _solved(by_movie, users, regularisation, confidence)
    return lambda rows: users[rows] @ movies.T


def _solved(
    matrix: sparse.csr_matrix, other: np.ndarray, regularisation: float, confidence: float
) -> np.ndarray:
    """One ALS half-step: factors (rows, dimensions) given those of the other side."""
    dimensions = other.shape[1]
    base, unit = other.T @ other, np.eye(dimensions)
    factors = np.zeros((matrix.shape[0], dimensions))
    for row in range(matrix.shape[0]):
        mine = other[matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]]
        ridge = regularisation * (confidence * len(mine) + 1e-2 * len(other))
        left = base + confidence * mine.T @ mine + ridge * unit
        factors[row] = np.linalg.solve(left, (1 + confidence) * mine.sum(axis=0))
    return factors


BASELINES: dict[str, Baseline] = {
    "popularity": Baseline(popularity),
    "recent popularity": Baseline(recent_popularity, {"half_life": (1, 2, 4, 7, 14, 30, 60, 120)}),
    "item-kNN": Baseline(item_knn, {"neighbours": (30, 60, 120, 250), "shrink": (0, 10, 50)}),
    "RP3β": Baseline(
        rp3_beta,
        {"alpha": (0.8, 1.0, 1.4), "beta": (0.2, 0.4, 0.6, 0.8), "neighbours": (100, 1e6)},
    ),
    "ALS": Baseline(
        als,
        {"dimensions": (16, 32, 48), "regularisation": (0.1, 0.3), "confidence": (2,)},
    ),
    "EASE": Baseline(ease, {"regularisation": (100, 200, 400, 800, 1600)}),
    "EASE, recent history": Baseline(
        ease_recent,
        {"regularisation": (100, 200, 400, 800), "half_life": (5, 10, 20, 40, 80, 160)},
    ),
}


def _same_for_all(scores: np.ndarray) -> Scorer:
    return lambda rows: np.broadcast_to(scores, (len(rows), len(scores)))


def _by_similarity(history: sparse.csr_matrix, weights: np.ndarray) -> Scorer:
    return lambda rows: history[rows] @ weights


def _gram(matrix: sparse.csr_matrix) -> np.ndarray:
    return np.asarray((matrix.T @ matrix).toarray(), dtype=np.float64)


def _nearest(similarity: np.ndarray, count: int) -> np.ndarray:
    """The `count` largest weights that lead to each movie (column); the others are zero."""
    if count >= len(similarity):
        return similarity
    least = np.partition(similarity, -count, axis=0)[-count]
    return np.where(similarity >= least, similarity, 0.0)


def _rows_to_one(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    total = np.asarray(matrix.sum(axis=1)).ravel()
    return sparse.csr_matrix(sparse.diags(1 / np.maximum(total, 1)) @ matrix)


def _mapped(
    matrix: sparse.csr_matrix, function: Callable[[np.ndarray], np.ndarray]
) -> sparse.csr_matrix:
    changed = matrix.copy()
    changed.data = function(matrix.data)
    return changed
