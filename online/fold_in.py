"""Fold-in: a viewer's vectors from what they did, without training anything again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import count, takewhile

import numpy as np

from online.catalogue import Catalogue
from sparrow.embedding import MEAN_OF_LIKES
from sparrow.events import Int
from sparrow.features import HISTORY_LENGTH
from sparrow.vectors import Vectors

ALS = "als"


@dataclass(frozen=True)
class Evidence:
    """What speaks for a viewer's taste, as positions in the catalogue."""

    picked: Int  # (n,) movies that the viewer chose to watch, or to have watched
    weights: np.ndarray  # (n,) how much each counts, 1 for a movie that was rated
    liked: Int  # movies with stars enough for a like, the newest first


@dataclass(frozen=True)
class FoldIn:
    """Solves for viewers' vectors in the embeddings of one release.

    `als` is the exact step of the training (Hu, Koren, Volinsky 2008): the user's factors that fit
    the movies' best, (YᵀY + Yᵀ(C - I)Y + λnI)⁻¹ YᵀCp, where n counts the viewer's movies, as
    Spark's MLlib does; of several factorisations side by side, each by itself. Those of
    MEAN_OF_LIKES are the mean of the last liked movies. Other embeddings are left as the release
    has them.
    """

    catalogue: Catalogue
    regularisation: float = 0.12  # λ of the training
    confidence: float = 1.0  # what a picked movie adds to the weight 1 of every movie
    ranks: tuple[int, ...] = ()  # dimensions of each factorisation; empty: there is but one

    @classmethod
    def of(cls, catalogue: Catalogue, parameters: Mapping[str, float]) -> FoldIn:
        """With the constants of a release's training, where its parameters name them."""
        names = takewhile(parameters.__contains__, (f"als_rank_{place}" for place in count()))
        return cls(
            catalogue,
            parameters.get("als_regularisation", cls.regularisation),
            parameters.get("als_confidence", cls.confidence),
            tuple(int(parameters[name]) for name in names),
        )

    def __call__(self, evidence: Evidence) -> dict[str, np.ndarray]:
        """Vectors by embedding; none where no movie with a vector speaks for the viewer."""
        means = {name: self._mean_of_likes(name, evidence) for name in MEAN_OF_LIKES}
        found = {ALS: self._als(evidence), **means}
        return {name: vector for name, vector in found.items() if vector is not None}

    @cached_property
    def gram(self) -> np.ndarray:
        """YᵀY over all movies, (dim, dim)."""
        matrix = self.catalogue.vectors[ALS].matrix  # unknown movies are zeros
        gram: np.ndarray = (matrix.T @ matrix).astype(np.float64)
        return gram

    def _als(self, evidence: Evidence) -> np.ndarray | None:
        movies = self._known(ALS, evidence.picked)
        if movies is None:
            return None
        vectors, known = movies
        y = vectors.matrix[evidence.picked[known]].astype(np.float64)  # (n, dim)
        weights = evidence.weights[known]
        extra = self.confidence * weights
        # at least as for one movie: of a hint that hardly counts, nothing singular is solved
        ridge = self.regularisation * max(weights.sum(), 1.0)
        right = y.T @ (weights + extra)
        solved, start = np.empty(len(right), dtype=np.float32), 0
        for rank in self.ranks or (len(right),):
            own = slice(start, start + rank)
            left = self.gram[own, own] + (y[:, own].T * extra) @ y[:, own] + ridge * np.eye(rank)
            solved[own] = np.linalg.solve(left, right[own])
            start += rank
        return solved

    def _mean_of_likes(self, name: str, evidence: Evidence) -> np.ndarray | None:
        liked = evidence.liked[:HISTORY_LENGTH]
        movies = self._known(name, liked)
        if movies is None:
            return None
        vectors, known = movies
        mean: np.ndarray = vectors.matrix[liked[known]].mean(axis=0)
        return mean

    def _known(self, name: str, positions: Int) -> tuple[Vectors, np.ndarray] | None:
        """The embedding, and which of the movies it knows; None if it knows none."""
        vectors = self.catalogue.vectors.get(name)
        if vectors is None or not vectors.known[positions].any():
            return None
        return vectors, vectors.known[positions]
