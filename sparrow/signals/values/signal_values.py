"""The values of one signal for one user: of named candidates, or of the best movies there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from sparrow.arrays import Int, top_k
from sparrow.signals.values.item_similarity import ItemSimilarity
from sparrow.vectors.item_vectors import ItemVectors

NONE_FOUND: Int = np.empty(0, dtype=np.int64)


class SignalValues(Protocol):
    """How one signal rates movies for one user."""

    def at(self, item_index: Int) -> np.ndarray:
        """Values of the movies at `item_index` (n,): (n,) float, NaN where unknown."""
        ...

    def head(self, count: int, eligible: np.ndarray) -> Int:
        """item_index of the `count` best movies among `eligible` (movies,) bool, best first."""
        ...


@dataclass(frozen=True)
class SimilarityValues:
    """What a weighted history adds up to in an item-item matrix."""

    similarity: ItemSimilarity
    scores: np.ndarray  # (n,) of `similarity.items`

    def at(self, item_index: Int) -> np.ndarray:
        """NaN for a movie without a row."""
        rows = self.similarity.rows[item_index]
        return np.where(rows >= 0, self.scores[rows], np.nan)

    def head(self, count: int, eligible: np.ndarray) -> Int:
        """Of the movies with a row."""
        items = self.similarity.items
        found: Int = items[top_k(np.where(eligible[items], self.scores, -np.inf), count)]
        return found


@dataclass(frozen=True)
class VectorValues:
    """Product, or cosine, of a user's vector with each movie's."""

    vectors: ItemVectors
    user: np.ndarray  # (dim,)
    cosine: bool = False

    def at(self, item_index: Int) -> np.ndarray:
        """NaN for a movie without a vector."""
        products = self.vectors.matrix[item_index] @ self.user.astype(np.float32)
        if self.cosine:
            length = self.vectors.lengths[item_index] * np.linalg.norm(self.user)
            products = products / np.maximum(length, 1e-12)
        return np.where(self.vectors.known[item_index], products, np.nan)

    def head(self, count: int, eligible: np.ndarray) -> Int:
        """By the index of the vectors where they have one."""
        return self.vectors.nearest(self.user, count, eligible, cosine=self.cosine)


@dataclass(frozen=True)
class ItemValues:
    """A number that is the same for every user."""

    values: np.ndarray  # (movies,) NaN where unknown
    order: Int  # item_index, best first

    def at(self, item_index: Int) -> np.ndarray:
        """The movies' numbers."""
        found: np.ndarray = self.values[item_index]
        return found

    def head(self, count: int, eligible: np.ndarray) -> Int:
        """The first eligible ones of the order."""
        return first_eligible(self.order, count, eligible)


@dataclass(frozen=True)
class PairValues:
    """A linear match of the user's weights with columns that every movie has."""

    columns: np.ndarray  # (movies, columns) float32
    weights: np.ndarray  # (columns,) of the user

    def at(self, item_index: Int) -> np.ndarray:
        """The products."""
        found: np.ndarray = self.columns[item_index] @ self.weights
        return found

    def head(self, count: int, eligible: np.ndarray) -> Int:
        """None: a match of a few columns names no movies."""
        return NONE_FOUND


@dataclass(frozen=True)
class DistanceValues:
    """How far each movie's number is from the user's."""

    values: np.ndarray  # (movies,) NaN where unknown
    centre: float  # NaN where unknown

    def at(self, item_index: Int) -> np.ndarray:
        """Absolute differences."""
        found: np.ndarray = np.abs(self.values[item_index] - self.centre)
        return found

    def head(self, count: int, eligible: np.ndarray) -> Int:
        """None."""
        return NONE_FOUND


@dataclass(frozen=True)
class NoValues:
    """A signal that a release or a cut of the past does not have, or a user has no history for."""

    def at(self, item_index: Int) -> np.ndarray:
        """NaN throughout."""
        return np.full(len(item_index), np.nan)

    def head(self, count: int, eligible: np.ndarray) -> Int:
        """None."""
        return NONE_FOUND


def first_eligible(order: Int, count: int, eligible: np.ndarray) -> Int:
    """The first `count` of `order` that are `eligible`, without a look at those behind them."""
    found: list[Int] = []
    missing, start, step = count, 0, max(2 * count, 64)
    while missing > 0 and start < len(order):
        block = order[start : start + step]
        block = block[eligible[block]][:missing]
        found.append(block)
        missing -= len(block)
        start, step = start + step, 2 * step
    return np.concatenate(found) if found else NONE_FOUND
