from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from offline.evaluation.baselines.interaction_matrix import (
    InteractionMatrix,
    top_lists,
    top_popular,
)
from offline.evaluation.baselines.list_baselines import (
    BASELINES,
    Baseline,
    ease_weights,
    recent_popularity,
)
from offline.evaluation.baselines.parameter_search import TunedParams, recommend, tune_baseline
from offline.evaluation.tasks.protocols import ProtocolConfig, TrainTest, leave_last
from offline.metrics.top_n import user_metrics
from sparrow.units import DAY


def checkerboard(seed: int = 2) -> pd.DataFrame:
    """60 users rate 12 of the 20 movies of their own parity; ids are far apart."""
    random = np.random.default_rng(seed)
    rows = []
    for user in range(60):
        movies = random.choice(20, 12, replace=False) * 2 + user % 2
        at = np.sort(random.integers(0, 100 * DAY, 12))
        rows += [(user * 11, m * 5 + 2, 4.0, t) for m, t in zip(movies, at, strict=True)]
    return pd.DataFrame(rows, columns=["user_id", "movie_id", "rating", "timestamp"])


PERSONAL = [name for name in BASELINES if "popularity" not in name]


@pytest.mark.parametrize("name", PERSONAL)
def test_personal_baselines_find_the_parity(name: str) -> None:
    ratings = checkerboard()
    baseline = BASELINES[name]
    middle = {key: values[len(values) // 2] for key, values in baseline.choices.items()}
    lists = recommend(baseline, TunedParams(middle, 0.0, 0.0), TrainTest(ratings, ratings), 1)
    first = lists[lists["rank"] <= 5]
    right = (first["movie_id"] - 2) // 5 % 2 == first["user_id"] // 11 % 2
    assert right.mean() > 0.95
    seen = lists.merge(ratings, on=["user_id", "movie_id"])
    assert seen.empty
    assert lists.groupby("user_id").size().eq(28).all()  # all that is left of 40


def test_recent_popularity_forgets() -> None:
    frame = pd.DataFrame(
        {
            "user_id": [1, 2, 3, 4, 5],
            "movie_id": [10, 10, 10, 20, 20],
            "rating": 5.0,
            "timestamp": [0, 0, 0, 30 * DAY, 30 * DAY],
        }
    )
    known = InteractionMatrix.of(frame, 1)
    assert recent_popularity(known, half_life=10)(np.array([0]))[0].argmax() == 1
    assert recent_popularity(known, half_life=1000)(np.array([0]))[0].argmax() == 0


def test_ease_is_the_constrained_ridge_regression() -> None:
    """Each column solves min |x_j - X b|² + λ|b|² with b_j = 0: checked by plain least squares."""
    known = InteractionMatrix.of(checkerboard(), 1)
    dense = known.matrix.toarray().astype(float)
    weights = ease_weights(known, 3.0)
    for movie in (0, 7, 39):
        others = np.delete(np.arange(dense.shape[1]), movie)
        left = dense[:, others].T @ dense[:, others] + 3.0 * np.eye(len(others))
        expected = np.linalg.solve(left, dense[:, others].T @ dense[:, movie])
        np.testing.assert_allclose(weights[others, movie], expected, atol=1e-5)
        assert weights[movie, movie] == 0.0


def test_age_counts_later_ratings_of_the_same_user() -> None:
    frame = pd.DataFrame({"user_id": [7, 7, 7], "movie_id": [3, 1, 2], "timestamp": [5, 9, 7]})
    known = InteractionMatrix.of(frame.assign(rating=3.0), 1)
    assert known.age.toarray().tolist() == [[1.0, 2.0, 3.0]]


def test_the_most_rated_movies_are_the_most_rated() -> None:
    ratings = pd.DataFrame({"movie_id": [9, 9, 4, 4, 7, 1]})
    assert top_popular(ratings, 3).tolist() == [4, 9, 1]


def test_dislikes_are_seen_but_are_no_interest() -> None:
    frame = pd.DataFrame({"user_id": [1, 1, 2], "movie_id": [5, 6, 5], "timestamp": [1, 2, 3]})
    known = InteractionMatrix.of(frame.assign(rating=[1.0, 5.0, 5.0]), 1, stars=3.5)
    assert known.matrix.toarray().tolist() == [[0.0, 1.0], [1.0, 0.0]]
    lists = top_lists(lambda rows: np.ones((len(rows), 2)), known, np.array([1, 2, 99]), 10)
    assert lists.to_dict("list") == {"user_id": [2], "movie_id": [6], "rank": [1]}


def test_validation_chooses_and_the_test_part_has_no_say() -> None:
    ratings = checkerboard()
    parts = leave_last(ratings, ProtocolConfig())

    def good_or_bad(known: InteractionMatrix, good: float):
        personal = BASELINES["EASE"].fit(known, regularisation=10)
        return lambda rows: personal(rows) * (1 if good else -1)

    baseline = Baseline(good_or_bad, {"good": (0.0, 1.0)})
    chosen = tune_baseline(baseline, parts, leave_last, ProtocolConfig())
    assert chosen.parameters == {"good": 1.0}
    blind = tune_baseline(
        baseline, TrainTest(parts.train, parts.relevant[:0]), leave_last, ProtocolConfig()
    )
    assert blind == chosen


def test_an_oracle_gets_one_in_every_figure() -> None:
    parts = leave_last(checkerboard(), ProtocolConfig())
    known = InteractionMatrix.of(parts.train, 1)
    answer = np.zeros((len(known.users), len(known.movies)))
    row = np.searchsorted(known.users, parts.relevant["user_id"])
    answer[row, np.searchsorted(known.movies, parts.relevant["movie_id"])] = 1.0
    lists = top_lists(lambda rows: answer[rows], known, known.users, 10)
    assert (user_metrics(lists, parts.relevant, 10) == 1.0).all(axis=None)
