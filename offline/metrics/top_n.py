"""Metrics of recommendation lists against the movies that the user rated later.

`lists` has user_id, movie_id and rank (from 1, at most one movie a rank); `relevant` user_id and
movie_id. A user of `relevant` without a list counts with zero.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

KEYS = ["user_id", "movie_id"]
USER_METRICS = ("ndcg", "recall", "hr", "map", "mrr")


def user_metrics(lists: pd.DataFrame, relevant: pd.DataFrame, k: int) -> pd.DataFrame:
    """USER_METRICS of the first `k` movies, indexed by user_id ascending; each from 0 to 1.

    ndcg    gain 1, discount 1/log2(rank + 1), against the best list of length k (Järvelin &
            Kekäläinen, 2002)
    recall  hits over relevant movies: below 1 where more than k are relevant
    hr      1 if there is a hit
    map     mean precision at each hit, over min(relevant movies, k)
    mrr     1 over the rank of the first hit
    """
    relevant = relevant[KEYS].drop_duplicates()
    users, count = np.unique(relevant["user_id"], return_counts=True)
    hit = _hits(lists, relevant, k)  # (users, k)
    rank = np.arange(1, k + 1)
    discount = 1 / np.log2(rank + 1)
    reachable = np.minimum(count, k)
    precision = np.cumsum(hit, axis=1) / rank
    return pd.DataFrame(
        {
            "ndcg": (hit @ discount) / np.cumsum(discount)[reachable - 1],
            "recall": hit.sum(axis=1) / count,
            "hr": hit.any(axis=1).astype(float),
            "map": (precision * hit).sum(axis=1) / reachable,
            "mrr": (hit / rank).max(axis=1),
        },
        index=pd.Index(users, name="user_id"),
    )


def _hits(lists: pd.DataFrame, relevant: pd.DataFrame, k: int) -> np.ndarray:
    """(users of `relevant`, k): 1.0 where the movie at this rank is relevant."""
    users = np.unique(relevant["user_id"])
    found = lists[lists["rank"] <= k].merge(relevant, on=KEYS)
    hit = np.zeros((len(users), k))
    hit[np.searchsorted(users, found["user_id"]), found["rank"].to_numpy() - 1] = 1.0
    return hit
