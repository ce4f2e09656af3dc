"""How complete the histories are: what of what viewers watched the ratings at hand record."""

from __future__ import annotations

import numpy as np

from offline.co_rating import REGULARISATION
from sparrow.similarity import ease

FOLDS, ASKED = 10, 4
"""Pairs of viewer and movie are hidden in so many turns, and how many of these are looked at."""

SUREST = 50  # pairs of a turn, those that are foreseen with most certainty
MOST_WATCHED = 1_500  # movies that are looked at, among which the surest pairs are anyway
KNOWN = 20  # ratings that a viewer must have to be foreseen with any certainty


def recorded_share(rated: np.ndarray, seed: int) -> float:
    """Of the pairs that are sure to have been watched, the share that is rated: 0 to 1.

    `rated` (viewers, movies) float32 is 1 where there is a rating, else 0.

    A tenth of all pairs, rated or not, is hidden at a time and foreseen from the others by EASE. A
    complete log holds nearly all of those that this is surest of; a log that lost a quarter of its
    ratings at random holds three in four, however sure it is. This is the frequency of labels of
    learning from positives alone (Elkan & Noto, Learning Classifiers from Only Positive and
    Unlabeled Data, 2008). 1 where nobody rated KNOWN movies, so that nothing can be said.
    """
    random = np.random.default_rng(seed)
    rated = rated[:, np.argsort(-rated.sum(axis=0), kind="stable")[:MOST_WATCHED]]
    asked = rated.sum(axis=1) >= KNOWN
    fold = random.integers(FOLDS, size=rated.shape, dtype=np.int8)
    found = [_surest(rated, fold == turn, asked) for turn in range(ASKED)]
    there = np.concatenate(found)
    return float(there.mean()) if len(there) else 1.0


def _surest(rated: np.ndarray, hidden: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Which of the SUREST hidden pairs are rated: (at most SUREST,)."""
    known = np.where(hidden, np.float32(0), rated)
    scores = known[asked] @ ease(known.T @ known, REGULARISATION)
    pairs, there = hidden[asked], rated[asked]
    return there[pairs][np.argsort(-scores[pairs], kind="stable")[:SUREST]]
