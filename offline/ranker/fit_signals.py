"""Fits the signals' parameters on the ratings before a cut of the past, in NumPy."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from offline.co_rating import NEIGHBOURS, REGULARISATION, SHRINKAGE, SharedViewers
from offline.factorise import FactorConfig, TrainRatings, factorise
from offline.models.factorisation.als import implicit_factors
from offline.ranker.rating_log import RatingLog
from sparrow.embedding import rows_of
from sparrow.events import Int
from sparrow.signals.als import AlsFactors
from sparrow.signals.fitted import FittedSignals, ItemFacts
from sparrow.signals.item_similarity import MAX_ITEMS, ItemSimilarity
from sparrow.signals.item_stats import ItemStats
from sparrow.signals.rating import RatingFactors
from sparrow.similarity import cosine, ease
from sparrow.vectors import Vectors

SESSION_GAP = 3600  # seconds without a rating that end a session
STEPS_AHEAD = 3  # ratings after a movie that count as its successors, the next one most


def fit_signals(
    known: RatingLog, facts: ItemFacts, as_of: int, seed: int, like_threshold: float = 3.5
) -> FittedSignals:
    """Everything but what is costly, from `known` ratings that all lie before `as_of`."""
    movies = len(facts.year)
    count = np.bincount(known.item_index, minlength=movies)
    items = np.sort(np.argsort(-count, kind="stable")[:MAX_ITEMS])
    items = items[count[items] > 0]
    row = np.full(movies, -1)
    row[items] = np.arange(len(items))
    of_items = known.take(row[known.item_index] >= 0)
    rows = row[of_items.item_index]
    shared = SharedViewers.of(of_items.user, of_items.timestamp, rows, len(items))

    def similarity(weights: np.ndarray) -> ItemSimilarity:
        return ItemSimilarity(row, items, np.ascontiguousarray(weights, dtype=np.float32))

    support = np.diag(shared.viewers)[:, None] + SHRINKAGE
    at_once = shared.at_once - np.diag(np.diag(shared.at_once))
    return FittedSignals(
        facts=facts,
        stats=ItemStats.of(known.item_index, known.rating, known.timestamp, facts.year, as_of),
        ease=similarity(ease(shared.weighted, REGULARISATION)),
        item_knn=similarity(cosine(shared.viewers, NEIGHBOURS, SHRINKAGE)),
        successors=similarity(successors(of_items, rows, len(items)) / support),
        same_session=similarity(at_once / np.sqrt(support * support.T)),
        als=_als(known, movies, seed),
        rating=_rating(known, movies, seed),
        like_threshold=like_threshold,
    )


def successors(log: RatingLog, rows: Int, size: int) -> np.ndarray:
    """(size, size): how often the column's movie was rated soon after the row's, in one session.

    The k-th rating after a movie counts 1 / k, up to `STEPS_AHEAD`.
    """
    order = np.lexsort((np.arange(len(log)), log.user))
    user, at, row = log.user[order], log.timestamp[order], rows[order]
    total = np.zeros((size, size), dtype=np.float32)
    for step in range(1, STEPS_AHEAD + 1):
        near = (user[step:] == user[:-step]) & (at[step:] - at[:-step] <= SESSION_GAP)
        pairs = row[:-step][near] * size + row[step:][near]
        total += np.bincount(pairs, minlength=size * size).reshape(size, size) / step
    return total


def _als(known: RatingLog, movies: int, seed: int) -> AlsFactors:
    users, user = np.unique(known.user, return_inverse=True)
    ones = np.ones(len(known), dtype=np.float32)
    seen = sparse.csr_array((ones, (user, known.item_index)), shape=(len(users), movies))
    seen.data[:] = 1.0
    factors = np.hstack(implicit_factors(seen, seed)).astype(np.float32)
    rated = np.bincount(known.item_index, minlength=movies) > 0
    factors[~rated] = 0.0
    return AlsFactors(Vectors(factors, rated))


def _rating(known: RatingLog, movies: int, seed: int) -> RatingFactors:
    ratings = TrainRatings(known.user, known.item_index, known.rating)
    factors = factorise(ratings, FactorConfig(folds=0), seed)
    place = rows_of(np.arange(movies), factors.movie_ids)
    vectors = np.where(place[:, None] >= 0, factors.vectors[0][place], 0.0).astype(np.float32)
    biases = np.where(place >= 0, factors.biases[0][place], 0.0).astype(np.float32)
    return RatingFactors(vectors, biases, float(factors.means[0]), factors.ridge, factors.shrinkage)
