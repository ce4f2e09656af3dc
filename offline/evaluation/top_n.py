"""How good lists are: recommended movies against those that the viewer really went on to rate."""

from __future__ import annotations

import numpy as np
import pandas as pd


def top_n_metrics(lists: pd.DataFrame, relevant: pd.DataFrame, k: int) -> dict[str, float]:
    """NDCG@k, Recall@k and HR@k, averaged over the users of `relevant`.

    `lists` has user_id, movie_id and rank (from 1); `relevant` user_id and movie_id. A user without
    a list counts with zero. NDCG after Järvelin & Kekäläinen (2002) with gain 1 and discount
    1/log2(rank + 1), against the best list of length k; recall against all that is relevant.
    """
    wanted = relevant[["user_id", "movie_id"]].drop_duplicates()
    shown = lists[lists["rank"] <= k]
    hits = shown.merge(wanted, on=["user_id", "movie_id"])
    hits = hits.assign(gain=1 / np.log2(hits["rank"] + 1))
    by_user = pd.DataFrame({"relevant": wanted.groupby("user_id").size()})
    by_user["gain"] = hits.groupby("user_id")["gain"].sum()
    by_user["hits"] = hits.groupby("user_id").size()
    by_user = by_user.fillna(0.0)
    ideal = np.cumsum(1 / np.log2(np.arange(k) + 2))
    reachable = np.minimum(by_user["relevant"], k).astype(int)
    return {
        f"ndcg@{k}": float((by_user["gain"] / ideal[reachable - 1]).mean()),
        f"recall@{k}": float((by_user["hits"] / by_user["relevant"]).mean()),
        f"hr@{k}": float((by_user["hits"] > 0).mean()),
    }


def popularity_lists(seen: pd.DataFrame, users: pd.Series, length: int) -> pd.DataFrame:
    """For each user the movies rated most often in `seen` that they have not rated there.

    The baseline that any personal list has to beat; ties go to the smaller id.
    """
    counted = seen.groupby("movie_id").size().reset_index(name="count")
    order = counted.sort_values(["count", "movie_id"], ascending=[False, True])["movie_id"]
    ranked = order.to_numpy()
    known = seen.groupby("user_id")["movie_id"].agg(set)
    rows = []
    for user in users:
        mine = known.get(user, set())
        fresh = [movie for movie in ranked[: length + len(mine)] if movie not in mine][:length]
        rows.append(
            pd.DataFrame({"user_id": user, "movie_id": fresh, "rank": np.arange(1, len(fresh) + 1)})
        )
    return pd.concat(rows, ignore_index=True)
