from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import pytrec_eval
from sklearn.metrics import ndcg_score

from offline.metrics.top_n import user_metrics


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
    shown = lists(u1=[10, 20, 30, 40], u2=[10, 20, 30])
    found = user_metrics(shown, relevant(u1=[20, 40, 98, 99]), k=4).mean().to_dict()
    ideal = 1 + 1 / np.log2(3) + 1 / 2 + 1 / np.log2(5)
    assert found == pytest.approx(
        {
            "ndcg": (1 / np.log2(3) + 1 / np.log2(5)) / ideal,
            "recall": 2 / 4,
            "hr": 1.0,
            "map": (1 / 2 + 2 / 4) / 4,
            "mrr": 1 / 2,
        }
    )


def test_an_oracle_gets_one_and_a_missing_list_nothing() -> None:
    wanted = relevant(u1=[1, 2, 3], u2=[4])
    assert (user_metrics(lists(u1=[3, 1, 2], u2=[4, 9, 8]), wanted, k=3) == 1).all(axis=None)
    assert set(user_metrics(lists(u1=[3, 1, 2]), wanted, k=3).mean()) == {0.5}


def test_what_stands_below_k_does_not_count() -> None:
    assert user_metrics(lists(u1=[7, 8, 1]), relevant(u1=[1]), k=2)["hr"].item() == 0.0


def test_movies_rated_twice_are_wanted_once() -> None:
    assert user_metrics(lists(u1=[1]), relevant(u1=[1, 1]), k=1)["recall"].item() == 1.0


def drawn(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    random = np.random.default_rng(seed)
    shown = {f"u{user}": random.permutation(40)[:25].tolist() for user in range(1, 31)}
    wanted = {
        f"u{user}": random.choice(40, random.integers(1, 9), replace=False).tolist()
        for user in range(1, 31)
    }
    return lists(**shown), relevant(**wanted)


def test_agrees_with_trec_eval_user_by_user() -> None:
    shown, wanted = drawn(3)
    run = {
        str(user): {str(m): float(-r) for m, r in zip(rows["movie_id"], rows["rank"], strict=True)}
        for user, rows in shown.groupby("user_id")
    }
    truth = {
        str(user): dict.fromkeys(rows["movie_id"].astype(str), 1)
        for user, rows in wanted.groupby("user_id")
    }
    names = {"ndcg": "ndcg_cut_10", "recall": "recall_10", "hr": "success_10", "map": "map_cut_10"}
    judge = pytrec_eval.RelevanceEvaluator(
        truth, {"ndcg_cut.10", "recall.10", "success.10", "map_cut.10"}
    )
    theirs = judge.evaluate(run)
    ours = user_metrics(shown, wanted, 10)
    assert len(ours) == 30
    for name, their_name in names.items():
        expected = [theirs[str(user)][their_name] for user in ours.index]
        np.testing.assert_allclose(ours[name], expected, atol=1e-9)
    judge = pytrec_eval.RelevanceEvaluator(truth, {"recip_rank"})
    theirs = judge.evaluate(run)
    expected = [theirs[str(user)]["recip_rank"] for user in ours.index]
    np.testing.assert_allclose(user_metrics(shown, wanted, 25)["mrr"], expected, atol=1e-9)


def test_ndcg_agrees_with_scikit_learn() -> None:
    shown, wanted = drawn(4)
    ours = user_metrics(shown, wanted, 10)["ndcg"]
    for user in ours.index:
        label, score = np.zeros((1, 40)), np.zeros((1, 40))
        label[0, wanted.loc[wanted["user_id"] == user, "movie_id"]] = 1
        mine = shown[shown["user_id"] == user]
        score[0, mine["movie_id"]] = 100 - mine["rank"]
        assert ours[user] == pytest.approx(ndcg_score(label, score, k=10, ignore_ties=True))
