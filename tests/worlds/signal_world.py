"""Fitted signals with drawn numbers, and histories made by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sparrow.arrays import Int
from sparrow.signals.models.als_factors import AlsFactors, AlsParams
from sparrow.signals.models.fitted_signals import FittedSignals, ItemMetadata
from sparrow.signals.models.item_stats import ItemStats
from sparrow.signals.models.rating_predictor import RatingFactors
from sparrow.signals.models.taste_clusters import TasteClusters, TasteName
from sparrow.signals.values.history import History
from sparrow.signals.values.item_similarity import ItemSimilarity
from sparrow.units import DAY
from sparrow.vectors.item_vectors import ItemVectors

AS_OF = 1_000_000_000
GENRES = ("Comedy", "Drama", "Film-Noir")
SIMILARITIES = ("ease", "item_knn", "successors", "same_session")


def drawn_world(movies: int, seed: int, known: float = 0.8) -> FittedSignals:
    """Fitted signals with drawn parameters; a share `known` of the movies is in each of them."""
    random = np.random.default_rng(seed)

    def some() -> np.ndarray:
        return random.random(movies) < known

    def vectors(dim: int) -> ItemVectors:
        has = some()
        matrix = random.normal(size=(movies, dim)).astype(np.float32)
        return ItemVectors(np.where(has[:, None], matrix, np.float32(0.0)), has)

    genres = (random.random((movies, len(GENRES))) < 0.4).astype(np.float32)
    year = np.where(some(), random.integers(1930, 2020, movies), np.nan)
    rated = np.flatnonzero(some())
    ratings = random.choice(rated, 40 * movies)
    stats = ItemStats.of(
        ratings,
        random.integers(1, 11, len(ratings)) / 2,
        AS_OF - random.integers(1, 900 * DAY, len(ratings)),
        year,
        AS_OF,
    )
    factors, has = vectors(4), some()
    return FittedSignals(
        metadata=ItemMetadata(genres, year, vectors(5)),
        stats=stats,
        als=AlsFactors(factors, AlsParams(ranks=(1, 3))),
        rating=RatingFactors(
            np.where(has[:, None], random.normal(size=(movies, 2)), 0.0).astype(np.float32),
            np.where(has, random.normal(size=movies), 0.0).astype(np.float32),
            3.5,
            14.0,
            4.0,
        ),
        tastes=drawn_tastes(random, stats.count),
        **{name: drawn_similarity(random, np.flatnonzero(some()), movies) for name in SIMILARITIES},
    )


def drawn_similarity(random: np.random.Generator, items: Int, movies: int) -> ItemSimilarity:
    """Weights between these movies, none from a movie to itself."""
    weights = random.random((len(items), len(items))).astype(np.float32)
    np.fill_diagonal(weights, 0.0)
    return ItemSimilarity.of_ids(items, weights, np.arange(movies))


def drawn_tastes(random: np.random.Generator, counts: np.ndarray) -> TasteClusters:
    """Two tastes; the three most rated movies of each half stand for one."""
    affinity = random.random((2, len(counts))).astype(np.float32)
    halves = np.array_split(np.arange(len(counts)), 2)
    best = [half[np.argsort(-counts[half], kind="stable")[:3]] for half in halves]
    names = (TasteName(("Comedy",)), TasteName(("Film-Noir",)))
    return TasteClusters(affinity, np.stack(best), names, np.zeros((2, 2), np.float32), counts)


def history(
    items: list[int], rating: list[float], apart: int = DAY, at: int = AS_OF, **changes: object
) -> History:
    """Events `apart` seconds from each other, the last one so long before `at`."""
    ago = apart * np.arange(len(items), 0, -1)
    made = History(
        np.array(items, dtype=np.int64),
        np.array(rating, dtype=np.float32),
        at - ago,
        np.ones(len(items), dtype=np.float32),
        at,
    )
    return replace(made, **changes)
