"""Baselines for the prediction of likes.

Each learns from the train part of the samples, chooses on the validation part, and sees of the test
part only what stands in the rows themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from scipy import sparse
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from offline.metrics import classification
from offline.metrics.like_predictions import LikePredictions
from offline.runtime.arrow import numpy_column
from offline.samples.sample_files import Samples
from sparrow.arrays import index_of
from sparrow.features.declarations import Entity, Feature, FeatureType
from sparrow.features.preprocessing import Preprocessing

COUNTS = ("user_rating_count", "movie_rating_count")
RATES = ("user_like_rate", "movie_like_rate")
GBDT_LEAVES, GBDT_RATE, GBDT_TREES = (7, 15, 31), 0.1, 150
FACTORS, RIDGES = (8, 16), (4.0, 8.0, 16.0)
ROUNDS = 10


@dataclass(frozen=True)
class SampleRows:
    """Rows of a part: their columns by name, (rows,) or (rows, length)."""

    columns: dict[str, np.ndarray]

    @classmethod
    def of(cls, samples: Samples, part: str) -> SampleRows:
        """The ratings of a part, with every number among the features."""
        features = [f for f in samples.features.of(*Entity) if f.kind is FeatureType.NUMBER]
        names = ["user_id", "movie_id", "label", "rating", *(f.name for f in features)]
        table = pa.Table.from_batches(samples.batches(part, names))
        shapes = {f.name: f.length for f in features}
        return cls({name: numpy_column(table[name], shapes.get(name, 1)) for name in names})

    @property
    def label(self) -> np.ndarray:
        """1 where the movie was liked."""
        return self.columns["label"]

    def matrix(self, names: tuple[str, ...]) -> np.ndarray:
        """These columns side by side (rows, columns)."""
        return np.column_stack([self.columns[name] for name in names])

    def predicted(self, score: np.ndarray, stars: np.ndarray | None = None) -> LikePredictions:
        """What was promised for these rows."""
        c = self.columns
        return LikePredictions(c["user_id"], c["label"], score, c["rating"], stars)


LikeBaseline = Callable[[Samples], LikePredictions]
"""From samples to predictions for their test part."""


def counters(samples: Samples) -> LikePredictions:
    """The mean of the user's and the movie's share of likes."""
    test = SampleRows.of(samples, "test")
    return test.predicted(test.matrix(RATES).mean(axis=1))


def logistic(samples: Samples) -> LikePredictions:
    """Logistic regression on the user's and the movie's share of likes and their counts."""
    train, test = SampleRows.of(samples, "train"), SampleRows.of(samples, "test")
    model = make_pipeline(StandardScaler(), LogisticRegression())
    model.fit(_rates_and_counts(train), train.label)
    return test.predicted(_probability(model, _rates_and_counts(test)))


def boosted_trees(samples: Samples) -> LikePredictions:
    """Gradient boosted trees on every number among the features.

    Friedman, Greedy Function Approximation (2001), in scikit-learn's histogram version.
    """
    train, validation, test = (SampleRows.of(samples, p) for p in ("train", "validation", "test"))
    names = tuple(f.name for f in _numbers(samples))
    known = ~np.isnan(train.matrix(names)).all(axis=0)  # a data set may have no ages

    def numbers(rows: SampleRows) -> np.ndarray:
        return rows.matrix(names)[:, known]

    found = []
    for leaves in GBDT_LEAVES:
        model = HistGradientBoostingClassifier(
            max_leaf_nodes=leaves, learning_rate=GBDT_RATE, max_iter=GBDT_TREES,
            early_stopping=False, random_state=0,
        ).fit(numbers(train), train.label)  # fmt: skip
        stages = list(model.staged_predict_proba(numbers(validation)))[9::10]
        best = [classification.auc(validation.label, stage[:, 1]) for stage in stages]
        found.append((max(best), 10 * (1 + int(np.argmax(best))), model))
    _, trees, model = max(found, key=lambda each: each[0])
    stages = model.staged_predict_proba(numbers(test))
    return test.predicted(next(s for n, s in enumerate(stages, 1) if n == trees)[:, 1])


def matrix_factorisation(samples: Samples) -> LikePredictions:
    """Stars by biases and factors of user and movie; a like by logistic regression on them.

    Koren, Bell & Volinsky, Matrix Factorization Techniques for Recommender Systems (2009), by
    alternating least squares. Who is not in the train part has neither bias nor factors.
    """
    train, validation, test = (SampleRows.of(samples, p) for p in ("train", "validation", "test"))
    fits = [
        _factorised(train, samples.encoding, factors, ridge)
        for factors in FACTORS
        for ridge in RIDGES
    ]
    errors = [np.mean((fit(validation) - validation.columns["rating"]) ** 2) for fit in fits]
    fit = fits[int(np.argmin(errors))]
    to_like = LogisticRegression().fit(fit(validation)[:, np.newaxis], validation.label)
    stars = fit(test)
    return test.predicted(_probability(to_like, stars[:, np.newaxis]), stars)


LIKE_BASELINES: dict[str, LikeBaseline] = {
    "movie + user counters": counters,
    "LR on rates": logistic,
    "GBDT": boosted_trees,
    "matrix factorisation": matrix_factorisation,
}


def _factorised(
    train: SampleRows, encoding: Preprocessing, factors: int, ridge: float
) -> Callable[[SampleRows], np.ndarray]:
    """Predicted ratings of rows: stars ≈ mean + b_user + b_movie + factors."""
    users, movies = (encoding.vocabularies[name] for name in ("users", "movies"))
    mean = float(train.columns["rating"].mean())
    where = (_rows_of(users, train.columns["user_id"]), _rows_of(movies, train.columns["movie_id"]))
    shape = (len(users) + 1, len(movies) + 1)  # the last place is for who is unknown
    stars = sparse.csr_matrix((train.columns["rating"] - mean, where), shape)
    random = np.random.default_rng(0)
    of_movie = np.column_stack([np.zeros(shape[1]), random.normal(0, 0.1, (shape[1], factors))])
    for _ in range(ROUNDS):
        of_user = _als_half_step(stars, of_movie, ridge)
        of_movie = _als_half_step(stars.T.tocsr(), of_user, ridge)

    def predicted(rows: SampleRows) -> np.ndarray:
        user = of_user[_rows_of(users, rows.columns["user_id"])]
        movie = of_movie[_rows_of(movies, rows.columns["movie_id"])]
        rating: np.ndarray = mean + user[:, 0] + movie[:, 0]
        rating += (user[:, 1:] * movie[:, 1:]).sum(axis=1)
        return rating

    return predicted


def _als_half_step(stars: sparse.csr_matrix, other: np.ndarray, ridge: float) -> np.ndarray:
    """Column 0 the bias, then the factors, of each row of `stars`, given the other side's."""
    found = np.zeros((stars.shape[0], other.shape[1]))
    for row in range(stars.shape[0]):
        mine = slice(stars.indptr[row], stars.indptr[row + 1])
        known = other[stars.indices[mine]]
        design = np.column_stack([np.ones(len(known)), known[:, 1:]])
        left = design.T @ design + ridge * np.eye(design.shape[1])
        found[row] = np.linalg.solve(left, design.T @ (stars.data[mine] - known[:, 0]))
    return found


def _rows_of(ids: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """Positions in ascending `ids`, len(ids) for an unknown one."""
    rows = index_of(queries, ids)
    return np.where(rows >= 0, rows, len(ids))


def _numbers(samples: Samples) -> list[Feature]:
    return [
        f
        for f in samples.features.of(*Entity)
        if f.kind is FeatureType.NUMBER and not f.aligned_with
    ]


def _rates_and_counts(rows: SampleRows) -> np.ndarray:
    rates = np.clip(rows.matrix(RATES), 0.01, 0.99)
    return np.column_stack([np.log(rates / (1 - rates)), np.log1p(rows.matrix(COUNTS))])


def _probability(model: Any, matrix: np.ndarray) -> np.ndarray:
    return np.asarray(model.predict_proba(matrix)[:, 1])
