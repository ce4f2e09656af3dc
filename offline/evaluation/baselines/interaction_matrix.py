"""Who rated what, as a sparse matrix, and lists made from a matrix of scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from offline.evaluation.tasks.protocols import sort_by_time
from sparrow.units import DAY

BLOCK = 1_024  # users scored at a time: bounds the dense scores held in memory

MAX_MOVIES = 6_000
"""Baselines know at most so many, the most rated ones: several are dense in movies by movies."""

Scorer = Callable[[np.ndarray], np.ndarray]
"""Positions of users (n,) to their scores of every movie (n, movies); higher is better."""


@dataclass(frozen=True)
class InteractionMatrix:
    """A training part by position: users and movies ascending by id."""

    users: np.ndarray  # ids (users,)
    movies: np.ndarray  # ids (movies,) of the rated movies
    seen: sparse.csr_matrix  # (users, movies), 1 where rated: never recommended again
    matrix: sparse.csr_matrix  # the same, without the ratings that do not count as interest
    age: sparse.csr_matrix  # same places: 1 for the user's last rating, 2 for the one before …
    days: sparse.csr_matrix  # same places: days from the rating to the last of all, at least 1e-6

    @classmethod
    def of(cls, ratings: pd.DataFrame, seed: int, stars: float = 0.0) -> InteractionMatrix:
        """Ratings, every pair of user and movie once; those from `stars` up count as interest."""
        ordered = sort_by_time(ratings, seed)
        age = ordered.groupby("user_id").cumcount(ascending=False).to_numpy() + 1.0
        kept = ordered["movie_id"].isin(top_popular(ratings, MAX_MOVIES)).to_numpy()
        ordered, age = ordered[kept], age[kept]
        users, row = np.unique(ordered["user_id"], return_inverse=True)
        movies, column = np.unique(ordered["movie_id"], return_inverse=True)
        moment = ordered["timestamp"].to_numpy()
        days = (moment.max() - moment) / DAY + 1e-6
        interest = (ordered["rating"] >= stars).to_numpy()

        def placed(values: np.ndarray, chosen: np.ndarray) -> sparse.csr_matrix:
            where = (row[chosen], column[chosen])
            kept = values[chosen].astype(np.float32)
            return sparse.csr_matrix((kept, where), (len(users), len(movies)))

        ones, all_rows = np.ones(len(row)), np.ones(len(row), dtype=bool)
        return cls(
            users,
            movies,
            placed(ones, all_rows),
            *(placed(values, interest) for values in (ones, age, days)),
        )


def top_popular(ratings: pd.DataFrame, count: int) -> np.ndarray:
    """Ids of the `count` movies rated most often; ties go to the smaller id."""
    movies, times = np.unique(ratings["movie_id"], return_counts=True)
    return movies[np.argsort(-times, kind="stable")[:count]]


def top_lists(
    scorer: Scorer, known: InteractionMatrix, users: np.ndarray, length: int
) -> pd.DataFrame:
    """For each user the best `length` movies they have not rated: user_id, movie_id, rank from 1.

    Ties go to the smaller id. Users that `known` does not know get no list.
    """
    rows = np.flatnonzero(np.isin(known.users, users))
    length = min(length, len(known.movies))
    found = []
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        scores = np.array(scorer(block), dtype=np.float32)
        scores[known.seen[block].nonzero()] = -np.inf
        best = np.argsort(-scores, axis=1, kind="stable")[:, :length]
        fresh = np.isfinite(np.take_along_axis(scores, best, axis=1))
        found.append(_frame(known.users[block], known.movies[best], fresh))
    return pd.concat(found, ignore_index=True)


def _frame(users: np.ndarray, movies: np.ndarray, fresh: np.ndarray) -> pd.DataFrame:
    """`movies` (users, length) in long form, where `fresh`."""
    rank = np.broadcast_to(np.arange(1, movies.shape[1] + 1), movies.shape)
    user = np.broadcast_to(users[:, np.newaxis], movies.shape)
    return pd.DataFrame({"user_id": user[fresh], "movie_id": movies[fresh], "rank": rank[fresh]})
