"""How good lists are: recommended movies against those that the user really went on to rate.

`lists` has user_id, movie_id and rank (from 1, at most one movie a rank); `relevant` user_id and
movie_id. Every figure is a mean over the users of `relevant`; a user without a list counts with
zero.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

KEYS = ["user_id", "movie_id"]
USER_METRICS = ("ndcg", "recall", "hr", "map", "mrr")


def top_n_metrics(lists: pd.DataFrame, relevant: pd.DataFrame, k: int) -> dict[str, float]:
    """The means of `user_metrics`, named as `ndcg@10`."""
    means = user_metrics(lists, relevant, k).mean()
    return {f"{name}@{k}": float(means[name]) for name in USER_METRICS}


def user_metrics(lists: pd.DataFrame, relevant: pd.DataFrame, k: int) -> pd.DataFrame:
    """USER_METRICS of the first `k` movies, indexed by user_id ascending; each from 0 to 1.

    ndcg    gain 1, discount 1/log2(rank + 1), against the best list of length k (Järvelin &
            Kekäläinen, 2002)
    recall  hits among all that is relevant: 1 is out of reach where more than k are
    hr      1 if there is a hit
    map     precision at each hit, over as many hits as a list of length k can have
    mrr     1 over the rank of the first hit
    """
    wanted = relevant[KEYS].drop_duplicates()
    users, count = np.unique(wanted["user_id"], return_counts=True)
    hit = _hits(lists, wanted, k)  # (users, k)
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


def _hits(lists: pd.DataFrame, wanted: pd.DataFrame, k: int) -> np.ndarray:
    """(users of `wanted`, k): 1.0 where the movie at this rank is wanted."""
    users = np.unique(wanted["user_id"])
    found = lists[lists["rank"] <= k].merge(wanted, on=KEYS)
    hit = np.zeros((len(users), k))
    hit[np.searchsorted(users, found["user_id"]), found["rank"].to_numpy() - 1] = 1.0
    return hit
