"""The evidence of `sparrow.evidence` as of a cut of the past, for many viewers at once."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from offline.co_rating import NEIGHBOURS, REGULARISATION, SHRINKAGE, SharedViewers
from offline.cuts import Cut, Ratings
from offline.recall.als import AlsConfig
from sparrow.evidence import NEUTRAL_STARS, MovieFigures, crowd, recency, standardised
from sparrow.folds import DAY, RECENT_DAYS, WEEK
from sparrow.similarity import cosine, ease

ALS = AlsConfig()
ITERATIONS = 8  # about as good as more
ROWS = 1_000  # whose normal equations are in memory at a time


def evidence_of(ratings: Ratings, cut: Cut, seed: int) -> dict[str, np.ndarray]:
    """Every part for the cut's viewers: (viewers, movies) float32 each."""
    seen = ratings.matrix(cut.known)
    user, timestamp, movie = (
        values[cut.known] for values in (ratings.user, ratings.timestamp, ratings.movie)
    )
    shared = SharedViewers.of(user, timestamp, movie, seen.shape[1])
    weights = ease(shared.weighted, REGULARISATION)
    figures, as_of = figures_of(ratings, cut)
    personal = {
        "co_rated": seen[cut.users] @ weights,
        "co_rated_lately": _recent_histories(ratings, cut) @ weights,
        "taste": _taste(seen, seed)[cut.users],
        "alike": _verdicts(ratings, cut) @ cosine(shared.viewers, NEIGHBOURS, SHRINKAGE),
    }
    parts = {name: standardised(values) for name, values in personal.items()}
    for name, values in crowd(figures, as_of).items():
        parts[name] = np.broadcast_to(values.astype(np.float32), (len(cut.users), len(values)))
    return {name: np.asarray(values, dtype=np.float32) for name, values in parts.items()}


def figures_of(ratings: Ratings, cut: Cut) -> tuple[MovieFigures, int]:
    """What the known ratings come to, and the moment just after the last of them."""
    movies = len(ratings.year)
    movie, at = ratings.movie[cut.known], ratings.timestamp[cut.known]
    as_of = int(at.max()) + 1
    count = np.bincount(movie, minlength=movies)
    total = np.bincount(movie, weights=ratings.stars[cut.known], minlength=movies)
    first = np.full(movies, np.inf)
    np.minimum.at(first, movie, at)

    def since(seconds: int) -> np.ndarray:
        return np.bincount(movie[at >= as_of - seconds], minlength=movies)

    with np.errstate(invalid="ignore"):
        mean = total / np.where(count > 0, count, np.nan)
    first[np.isinf(first)] = np.nan
    month = since(RECENT_DAYS * DAY)
    return MovieFigures(count, mean, month, since(WEEK), first, ratings.year), as_of


def _verdicts(ratings: Ratings, cut: Cut) -> np.ndarray:
    """What each viewer's stars say of each movie of their history: (viewers, movies)."""
    verdicts = np.zeros((ratings.users, len(ratings.year)), dtype=np.float32)
    stars = ratings.stars[cut.known] - NEUTRAL_STARS
    verdicts[ratings.user[cut.known], ratings.movie[cut.known]] = stars
    return verdicts[cut.users]


def _recent_histories(ratings: Ratings, cut: Cut) -> np.ndarray:
    """Each viewer's history with the weights of `recency`: (viewers, movies)."""
    histories = np.zeros((ratings.users, len(ratings.year)), dtype=np.float32)
    user, movie = ratings.user[cut.known], ratings.movie[cut.known]
    order = np.argsort(user, kind="stable")  # in time order within each
    bounds = np.searchsorted(user[order], np.arange(ratings.users + 1))
    for place in cut.users:
        mine = order[bounds[place] : bounds[place + 1]]
        histories[place, movie[mine]] = recency(len(mine))
    return histories[cut.users]


def _taste(seen: np.ndarray, seed: int) -> np.ndarray:
    """Products of implicit ALS factors (Hu, Koren & Volinsky 2008): (users, movies)."""
    by_user = sparse.csr_array(seen)
    movies = implicit_factors(by_user, seed)
    return np.asarray(fold_in(by_user, movies) @ np.hstack(movies).T)


def implicit_factors(seen: sparse.csr_array, seed: int) -> list[np.ndarray]:
    """Movies' factors from 1 where a viewer watched: (movies, rank) of each of the ALS's ranks."""
    random = np.random.default_rng(seed)
    by_movie = sparse.csr_array(seen.T)
    factors = []
    for rank in ALS.ranks:
        movies = random.normal(0.0, 0.1, (seen.shape[1], rank))
        for _ in range(ITERATIONS):
            movies = solve(by_movie, solve(seen, movies))
        factors.append(movies)
    return factors


def fold_in(seen: sparse.csr_array, factors: list[np.ndarray]) -> np.ndarray:
    """Viewers' factors in each factorisation, one after another: (viewers, sum of ranks)."""
    return np.hstack([solve(seen, movies) for movies in factors])


def solve(seen: sparse.csr_array, given: np.ndarray) -> np.ndarray:
    """Each row's best factors, float32; the ridge grows with the row's count, as MLlib's does."""
    given = given.astype(np.float32)
    dim = given.shape[1]
    everything, alone = given.T @ given, np.eye(dim, dtype=np.float32)
    upper = np.triu_indices(dim)  # of matrices that are symmetric
    squares = given[:, upper[0]] * given[:, upper[1]]
    confidence, ridge = np.float32(ALS.confidence), np.float32(ALS.regularisation)
    parts = []
    for start in range(0, seen.shape[0], ROWS):
        block = seen[start : start + ROWS]
        count = np.diff(block.indptr)[:, None, None].astype(np.float32)
        left = np.empty((block.shape[0], dim, dim), dtype=np.float32)
        left[:, upper[0], upper[1]] = left[:, upper[1], upper[0]] = confidence * (block @ squares)
        left += everything + ridge * np.maximum(count, 1) * alone
        right = (1 + confidence) * (block @ given)
        parts.append(np.linalg.solve(left, right[:, :, None])[:, :, 0])
    return np.concatenate(parts)
