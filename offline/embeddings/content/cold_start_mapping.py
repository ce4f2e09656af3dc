"""Mapping from content embeddings to another embedding, for cold-start movies."""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import RidgeCV

RIDGE_ALPHAS = tuple(np.logspace(-2, 4, 13).tolist())
MIN_MOVIES = 10  # known movies with which there is nothing to learn from


def fit_mapping(content: np.ndarray, vectors: np.ndarray) -> RidgeCV:
    """Ridge regression from content (n, c) to the known movies' vectors (n, d).

    Its strength is the one of RIDGE_ALPHAS with the least squared error when each movie in turn is
    left out, which has a closed form (Golub, Heath, Wahba 1979); `alpha_` names it. Mapping
    content to the factors of a trained model: Gantner et al. 2010 (ICDM, "Learning
    attribute-to-feature mappings for cold-start recommendations").
    """
    return RidgeCV(alphas=RIDGE_ALPHAS).fit(content.astype(np.float64), vectors.astype(np.float64))
