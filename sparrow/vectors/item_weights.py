"""Item-item similarity: how much having a movie in one's history speaks for each other movie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sparrow.arrays import Int


@dataclass(frozen=True)
class ItemWeights:
    """A weight from each movie to each other, on disk as two NumPy files that servers map.

    A user's score of a movie is the sum of the weights that lead to it from the movies of their
    history. Weights may be negative; no movie leads to itself.
    """

    ids: Int  # (n,) ascending
    weights: np.ndarray  # (n, n) float32: from the row's movie to the column's

    def save(self, folder: Path) -> None:
        """Writes `ids.npy` and `weights.npy` into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "ids.npy", self.ids)
        np.save(folder / "weights.npy", self.weights.astype(np.float32))

    @classmethod
    def load(cls, folder: Path) -> ItemWeights:
        """The similarity saved in `folder`, its weights mapped, not read."""
        return cls(np.load(folder / "ids.npy"), np.load(folder / "weights.npy", mmap_mode="r"))


def ease(gram: np.ndarray, regularisation: float) -> np.ndarray:
    """Weights (n, n) of the linear model that best foresees each history from its other movies.

    `gram` (n, n) counts the users that two movies share. Steck, Embarrassingly Shallow
    Autoencoders for Sparse Data (2019), arXiv:1905.03375.
    """
    inverse = np.linalg.inv(gram + regularisation * np.eye(len(gram)))
    weights = inverse / -np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return np.asarray(weights, dtype=np.float32)


def cosine(gram: np.ndarray, neighbours: int, shrinkage: float) -> np.ndarray:
    """Weights (n, n) of item-kNN: each column holds the movie's nearest `neighbours`, else zeros.

    The cosine of two movies' columns of users, `gram` (n, n) being how many they share; as if
    `shrinkage` users more had watched only one of the two, so that a few shared users prove
    little. Sarwar et al., Item-Based Collaborative Filtering Recommendation Algorithms (2001).
    """
    length = np.sqrt(np.diag(gram))
    product = np.outer(length, length) + shrinkage
    weights = np.divide(gram, product, out=np.zeros(gram.shape), where=product > 0)
    np.fill_diagonal(weights, 0.0)
    if neighbours < len(weights):
        least = np.partition(weights, -neighbours, axis=0)[-neighbours]
        weights[weights < least] = 0.0
    return np.asarray(weights, dtype=np.float32)
