"""Movie factors of a biased matrix factorisation, which predict ratings from a history.

User factors are not stored: they follow from the history by ridge regression, so ratings of a
minute ago count at once. Koren, Bell & Volinsky,
Matrix Factorization Techniques for Recommender Systems (2009).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from sparrow.arrays import Int


@dataclass(frozen=True)
class MatrixFactors:
    """Movie factors and biases, once from all users and once without each fold of users.

    A model that trained on factors which its own training rows had shaped would trust them too
    much: a training row reads the table that never saw its user, everything else table 0.
    """

    movie_ids: Int  # (n,) ascending
    vectors: np.ndarray  # (1 + folds, n, dim) float32
    biases: np.ndarray  # (1 + folds, n) float32, stars above the mean
    means: np.ndarray  # (1 + folds,) float32, stars
    ridge: float  # of the regression that gives a user's factors
    shrinkage: float  # ratings' weight that a user's bias of zero has

    @property
    def folds(self) -> int:
        """Parts that users are dealt into."""
        return len(self.vectors) - 1

    def save(self, file: Path) -> None:
        """Writes all into one `.npz` file."""
        np.savez(file, **asdict(self))

    @classmethod
    def load(cls, file: Path) -> MatrixFactors:
        """The factors saved in `file`."""
        with np.load(file) as saved:
            values = {name: saved[name] for name in saved.files}
        for name in ("ridge", "shrinkage"):
            values[name] = float(values[name])
        return cls(**values)
