"""Fits the signals' parameters on the ratings before a cut of the past, in NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from offline.embeddings.item_similarity import CoOccurrence
from offline.factorisation.biased_mf import MatrixFactorConfig, RatingTriples, fit_matrix_factors
from offline.factorisation.implicit_als import fit_implicit_als
from offline.ranker.lists.rating_log import RatingLog
from sparrow.arrays import index_of
from sparrow.signals.models.als_factors import AlsFactors
from sparrow.signals.models.fitted_signals import FittedSignals, ItemMetadata
from sparrow.signals.models.item_stats import ItemStats
from sparrow.signals.models.rating_predictor import RatingFactors
from sparrow.signals.models.taste_clusters import TasteClusters
from sparrow.signals.models.user_tower import TwoTower
from sparrow.signals.values.item_similarity import MAX_ITEMS, ItemSimilarity
from sparrow.vectors.item_vectors import ItemVectors

YEAR, DECADES = 1980.0, 20.0  # middle and scale of release years


@dataclass(frozen=True)
class SignalConfig:
    """What decides the fit besides the ratings."""

    seed: int
    like_threshold: float  # stars
    genre_names: tuple[str, ...]  # of the columns of `ItemMetadata.genres`


def fit_signals(
    known: RatingLog,
    facts: ItemMetadata,
    as_of: int,
    config: SignalConfig,
    earlier: FittedSignals | None = None,
) -> FittedSignals:
    """All signals' parameters from `known` ratings that all lie before `as_of`.

    `earlier`: signals of an earlier part of the log, whose factors and towers shorten the work.
    """
    movies = len(facts.year)
    count = np.bincount(known.item_index, minlength=movies)
    items = np.sort(np.argsort(-count, kind="stable")[:MAX_ITEMS])
    items = items[count[items] > 0]
    row = np.full(movies, -1)
    row[items] = np.arange(len(items))
    of_items = known.take(row[known.item_index] >= 0)
    rows = row[of_items.item_index]
    users = known.user_ids[of_items.user]  # ties of a second are ordered by a hash of the ids
    shared = CoOccurrence.of(users, of_items.timestamp, rows, len(items))
    als = _als(known, movies, config.seed, None if earlier is None else earlier.als)
    similarities: dict[str, Any] = {
        name: ItemSimilarity(row, items, weights) for name, weights in shared.similarities().items()
    }
    return FittedSignals(
        metadata=facts,
        stats=ItemStats.of(known.item_index, known.rating, known.timestamp, facts.year, as_of),
        **similarities,
        als=als,
        two_tower=fit_tower(
            known, facts, config.seed, None if earlier is None else earlier.two_tower
        ),
        rating=_rating(known, movies, config.seed),
        tastes=TasteClusters.fit(
            facts.genres, config.genre_names, count, facts.year, als.movies.matrix
        ),
        like_threshold=config.like_threshold,
    )


def _als(known: RatingLog, movies: int, seed: int, earlier: AlsFactors | None) -> AlsFactors:
    users, user = np.unique(known.user, return_inverse=True)
    ones = np.ones(len(known), dtype=np.float32)
    seen = sparse.csr_array((ones, (user, known.item_index)), shape=(len(users), movies))
    seen.data[:] = 1.0
    initial = None
    if earlier is not None:
        ends = np.cumsum(earlier.params.ranks)[:-1]
        initial = np.split(earlier.movies.matrix, ends, axis=1)
    factors = np.hstack(fit_implicit_als(seen, seed, initial)).astype(np.float32)
    rated = np.bincount(known.item_index, minlength=movies) > 0
    factors[~rated] = 0.0
    return AlsFactors(ItemVectors(factors, rated))


def _rating(known: RatingLog, movies: int, seed: int) -> RatingFactors:
    ratings = RatingTriples(known.user, known.item_index, known.rating)
    factors = fit_matrix_factors(ratings, MatrixFactorConfig(folds=0), seed)
    place = index_of(np.arange(movies), factors.movie_ids)
    vectors = np.where(place[:, None] >= 0, factors.vectors[0][place], 0.0).astype(np.float32)
    biases = np.where(place >= 0, factors.biases[0][place], 0.0).astype(np.float32)
    return RatingFactors(vectors, biases, float(factors.means[0]), factors.ridge, factors.shrinkage)


def fit_tower(
    known: RatingLog, facts: ItemMetadata, seed: int, initial: TwoTower | None
) -> TwoTower:
    """The two towers of `known` ratings; shorter training where earlier weights are given."""
    from offline.embeddings.two_tower.config import TwoTowerConfig
    from offline.embeddings.two_tower.fit import fit_two_tower
    from offline.embeddings.two_tower.sequences import Sequences

    ratings = Sequences.of(known.user, known.item_index, known.rating, known.timestamp)
    return fit_two_tower(ratings, tower_content(facts), TwoTowerConfig(), seed, initial)


def tower_content(facts: ItemMetadata) -> np.ndarray:
    """Content of movies: genres and year, (movies, columns) float32."""
    year = np.nan_to_num((facts.year - YEAR) / DECADES)
    return np.column_stack([facts.genres, year]).astype(np.float32)
