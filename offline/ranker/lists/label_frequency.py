"""How much of what users watched a log records: what share of gaps its histories have."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from offline.embeddings.item_similarity import REGULARISATION
from offline.ranker.lists.rating_log import RatingLog
from sparrow.vectors.item_weights import ease

FOLDS, ROUNDS = 10, 4
"""Pairs of user and movie are hidden in so many folds, of which so many are looked at."""

TOP_PAIRS = 50  # pairs of a fold, those with the highest prediction
MAX_MOVIES = 1_500  # the most rated ones, among which the surest pairs are anyway
MAX_USERS = 3_000
MIN_RATINGS = 20  # that a user must have to be predicted with certainty
COMPLETE_LOG_FREQUENCY = 0.97  # share of the surest pairs that a complete log has


def missing_share(log: RatingLog, movies: int, seed: int) -> float:
    """Share of the watched (user, movie) pairs that are missing in the log: 0 to 1.

    In a complete log `COMPLETE_LOG_FREQUENCY` of the most likely pairs are rated, since no
    prediction is certain; what is below it is missing.
    """
    users = np.unique(log.user)
    if len(users) > MAX_USERS:
        users = np.random.default_rng(seed).permutation(users)[:MAX_USERS]
    log = log.take(np.isin(log.user, users))
    _, user = np.unique(log.user, return_inverse=True)
    shape = int(user.max(initial=-1)) + 1, movies
    ones = np.ones(len(log), dtype=np.float32)
    rated = sparse.csr_array((ones, (user, log.item_index)), shape=shape)
    most = np.argsort(-rated.sum(axis=0), kind="stable")[:MAX_MOVIES]
    dense = np.minimum(rated.tocsc()[:, most].toarray(), 1.0)
    return max(0.0, 1.0 - label_frequency(dense, seed) / COMPLETE_LOG_FREQUENCY)


def label_frequency(rated: np.ndarray, seed: int) -> float:
    """Of the pairs that are sure to have been watched, the share that is rated: 0 to 1.

    `rated` (users, movies) float32 is 1 where there is a rating, else 0.

    A tenth of all pairs, rated or not, is hidden at a time and predicted from the others by EASE. A
    complete log holds nearly all of those with the highest predictions; a log that lost a quarter
    of its ratings at random holds three in four, however high they are. This is the label frequency
    of Elkan & Noto, Learning Classifiers from Only Positive and Unlabeled Data (2008). 1 where
    nobody rated `MIN_RATINGS` movies, so that nothing can be estimated.
    """
    random = np.random.default_rng(seed)
    eligible = rated.sum(axis=1) >= MIN_RATINGS
    fold = random.integers(FOLDS, size=rated.shape, dtype=np.int8)
    found = [_top_hidden_pairs(rated, fold == number, eligible) for number in range(ROUNDS)]
    there = np.concatenate(found)
    return float(there.mean()) if len(there) else 1.0


def _top_hidden_pairs(rated: np.ndarray, hidden: np.ndarray, eligible: np.ndarray) -> np.ndarray:
    """Which of the `TOP_PAIRS` hidden pairs are rated: (at most TOP_PAIRS,)."""
    known = np.where(hidden, np.float32(0), rated)
    scores = known[eligible] @ ease(known.T @ known, REGULARISATION)
    pairs, there = hidden[eligible], rated[eligible]
    top: np.ndarray = there[pairs][np.argsort(-scores[pairs], kind="stable")[:TOP_PAIRS]]
    return top
