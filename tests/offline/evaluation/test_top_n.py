from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import ndcg_score

from offline.evaluation.top_n import popularity_lists, top_n_metrics


def lists(**by_user: list[int]) -> pd.DataFrame:
    rows = [
        (int(user[1:]), movie, rank)
        for user, movies in by_user.items()
        for rank, movie in enumerate(movies, start=1)
    ]
    return pd.DataFrame(rows, columns=["user_id", "movie_id", "rank"])


def relevant(**by_user: list[int]) -> pd.DataFrame:
    return lists(**by_user)[["user_id", "movie_id"]]


def test_by_hand() -> None:
    found = top_n_metrics(lists(u1=[10, 20, 30], u2=[10, 20, 30]), relevant(u1=[20, 99]), k=3)
    gain, ideal = 1 / np.log2(3), 1 + 1 / np.log2(3)
    assert found["ndcg@3"] == pytest.approx(gain / ideal)
    assert found["recall@3"] == 0.5
    assert found["hr@3"] == 1.0


def test_an_oracle_gets_one_and_a_missing_list_nothing() -> None:
    wanted = relevant(u1=[1, 2, 3], u2=[4])
    assert set(top_n_metrics(lists(u1=[3, 1, 2], u2=[4, 9, 8]), wanted, k=3).values()) == {1.0}
    assert top_n_metrics(lists(u1=[3, 1, 2]), wanted, k=3)["ndcg@3"] == 0.5


def test_what_stands_below_k_does_not_count() -> None:
    assert top_n_metrics(lists(u1=[7, 8, 1]), relevant(u1=[1]), k=2)["hr@2"] == 0.0


def test_ndcg_agrees_with_scikit_learn() -> None:
    random = np.random.default_rng(5)
    for _ in range(20):
        order = random.permutation(30)
        liked = random.choice(30, size=random.integers(1, 15), replace=False)
        ours = top_n_metrics(lists(u1=order.tolist()), relevant(u1=liked.tolist()), k=10)
        label, score = np.zeros((1, 30)), np.zeros((1, 30))
        label[0, liked] = 1
        score[0, order] = np.arange(30, 0, -1)
        assert ours["ndcg@10"] == pytest.approx(ndcg_score(label, score, k=10))


def test_popularity_lists_leave_out_what_was_seen() -> None:
    seen = pd.DataFrame(
        {"user_id": [1, 1, 2, 2, 3, 3], "movie_id": [1, 2, 1, 3, 1, 2], "rating": 5.0}
    )
    found = popularity_lists(seen, pd.Series([1, 2, 4]), length=2)
    by_user = found.groupby("user_id")["movie_id"].agg(list)
    assert by_user.to_dict() == {1: [3], 2: [2], 4: [1, 2]}
