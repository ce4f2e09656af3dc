"""Every signal of a hand-made history, worked out from its definition."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from signal_world import AS_OF, drawn_world, history

from sparrow.signals.models.als_factors import AlsFactors
from sparrow.signals.models.fitted_signals import FittedSignals, ItemMetadata
from sparrow.signals.models.item_stats import PRIOR_COUNT, ItemStats
from sparrow.signals.registry import GROUPS, NAMES, SIGNALS, UserSignals
from sparrow.signals.values.history import History
from sparrow.signals.values.item_similarity import ItemSimilarity
from sparrow.units import DAY

MOVIES = 6
EVERY = np.arange(MOVIES)
SEEN = [0, 1, 2]
PAST = history(SEEN, [5.0, np.nan, 1.0], weight=np.array([1.0, 0.5, 1.0], np.float32))
NOTHING = history([], [])
OF_CATALOGUE = ("popularity", "popularity_30d", "popularity_7d", "item_recency",
                "bayesian_average", "year")  # fmt: skip


@pytest.fixture
def fitted() -> FittedSignals:
    """Six movies; the matrices have rows for the first four, and everything else knows all."""
    world = drawn_world(MOVIES, seed=3, known=1.0)
    random = np.random.default_rng(5)
    matrices = {
        name: ItemSimilarity.of_ids(
            np.arange(4), random.random((4, 4)).astype(np.float32), np.arange(MOVIES)
        )
        for name in ("ease", "item_knn", "successors", "same_session")
    }
    return replace(world, **matrices)


def value(fitted: FittedSignals, past: History, name: str) -> np.ndarray:
    """One signal of all movies."""
    return UserSignals(fitted, past).at(name, EVERY)


def with_unknown(scores: np.ndarray) -> np.ndarray:
    """Scores of the four movies that have rows, NaN for the others."""
    return np.append(scores, [np.nan, np.nan])


def test_names_are_unique_and_every_signal_has_values(fitted: FittedSignals) -> None:
    assert len(set(NAMES)) == len(NAMES)
    for past in (PAST, NOTHING):
        for group in GROUPS:
            assert len(group.compute(fitted, past)) == len(group.SIGNALS)
    raw = UserSignals(fitted, PAST).raw(EVERY)
    assert raw.shape == (len(SIGNALS), MOVIES)
    assert raw.dtype == np.float32
    for name, row in zip(NAMES, raw, strict=True):
        np.testing.assert_array_equal(row, value(fitted, PAST, name).astype(np.float32))


@pytest.mark.parametrize("name", ["ease", "item_knn"])
def test_co_rating_adds_up_the_weights_of_the_history(fitted: FittedSignals, name: str) -> None:
    weights = getattr(fitted, name).weights
    plain = weights[0] + 0.5 * weights[1] + weights[2]
    recent = 2 ** (-2 / 5) * weights[0] + 2 ** (-1 / 5) * 0.5 * weights[1] + weights[2]
    # neutral are two stars; what was chosen without a rating counts as one above
    rated = 3 * weights[0] + 1 * 0.5 * weights[1] - 1 * weights[2]
    for suffix, expected in (("", plain), ("_recent", recent), ("_rated", rated)):
        found = value(fitted, PAST, name + suffix)
        np.testing.assert_allclose(found, with_unknown(expected), rtol=1e-6)


def test_events_of_movies_without_a_row_count_for_nothing(fitted: FittedSignals) -> None:
    longer = history([0, 4, 5], [4.0, 5.0, 5.0])
    alone = history([0], [4.0])
    assert value(fitted, longer, "ease") == pytest.approx(value(fitted, alone, "ease"), nan_ok=True)
    unknown = history([4, 5], [5.0, 5.0])
    np.testing.assert_array_equal(value(fitted, unknown, "ease"), with_unknown(np.zeros(4)))


def test_successors_of_the_last_movies_on_a_logarithmic_scale(fitted: FittedSignals) -> None:
    past = history([3, 0, 1, 2, 0, 3], [4.0] * 6)
    after = fitted.successors.weights
    last = value(fitted, past, "after_last")
    np.testing.assert_allclose(last, with_unknown(np.log1p(100 * after[3])), rtol=1e-6)
    five = sum(2 ** (-ago / 2) * after[movie] for ago, movie in enumerate([3, 0, 2, 1, 0]))
    found = value(fitted, past, "after_last_five")
    np.testing.assert_allclose(found, with_unknown(np.log1p(100 * five)), rtol=1e-6)
    together = sum(fitted.same_session.weights[movie] for movie in [3, 0, 2, 1, 0])
    found = value(fitted, past, "same_session")
    np.testing.assert_allclose(found, with_unknown(np.log1p(100 * together)), rtol=1e-6)


def als_vector(als: AlsFactors, items: list[int], weight: np.ndarray, ridge: float) -> np.ndarray:
    """The normal equations of each factorisation, event by event."""
    matrix, found, start = als.movies.matrix.astype(np.float64), [], 0
    for rank in als.params.ranks:
        own = matrix[:, start : start + rank]
        left, right = own.T @ own + ridge * np.eye(rank), np.zeros(rank)
        for y, w in zip(own[items], weight, strict=True):
            left += als.params.confidence * w * np.outer(y, y)
            right += (w + als.params.confidence * w) * y
        found.append(np.linalg.solve(left, right))
        start += rank
    return np.concatenate(found)


def test_als_is_the_half_step_of_its_training(fitted: FittedSignals) -> None:
    als = fitted.als
    user = als_vector(als, SEEN, PAST.weight, als.params.regularisation * 2.5)
    np.testing.assert_allclose(als.solve(PAST).user, user, rtol=1e-5)
    np.testing.assert_allclose(value(fitted, PAST, "als"), als.movies.matrix @ user, rtol=1e-4)
    vector = UserSignals(fitted, PAST).vector("als")
    np.testing.assert_allclose(vector, user, rtol=1e-5)


def test_what_an_event_adds_to_the_als_vector(fitted: FittedSignals) -> None:
    als = fitted.als
    ridge = als.params.regularisation * 2.5  # as it is with all events
    whole = als_vector(als, SEEN, PAST.weight, ridge)
    without = [
        als_vector(als, [m for m in SEEN if m != gone], np.delete(PAST.weight, gone), ridge)
        for gone in SEEN
    ]
    solved = als.solve(PAST)
    removals = solved.removals(3)
    np.testing.assert_allclose(removals, whole - np.array(without), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(solved.removals(2), removals[1:], rtol=1e-6)
    assert solved.removals(0).shape == (0, 4)


def test_what_everybody_rated(fitted: FittedSignals) -> None:
    item, rating = np.array([0, 0, 1, 2, 0]), np.array([4.0, 2.0, 5.0, 1.0, 3.0])
    ago = DAY * np.array([1000, 40, 20, 10, 3])
    year = np.array([1990.0, np.nan, 2000.0, 1980.0, 1970.0, 1960.0])
    stats = ItemStats.of(item, rating, AS_OF - ago, year, AS_OF)
    world = replace(fitted, stats=stats)
    none = [0.0, 0.0, 0.0]
    mean = 15 / 5  # of all ratings
    draw = [(s + PRIOR_COUNT * mean) / (n + PRIOR_COUNT) for s, n in ((9, 3), (5, 1), (1, 1))]
    expected = {
        "popularity": np.log1p([3, 1, 1, *none]),
        "popularity_30d": np.log1p([1, 1, 1, *none]),
        "popularity_7d": np.log1p([1, 0, 0, *none]),
        "item_recency": [-np.log(1001), -np.log(21), -np.log(11), *[np.nan] * 3],
        "bayesian_average": [*draw, mean, mean, mean],
        "year": year,
    }
    assert set(expected) == set(OF_CATALOGUE)
    for name, values in expected.items():
        for past in (PAST, NOTHING):
            np.testing.assert_allclose(value(world, past, name), values, rtol=1e-6)
    best = UserSignals(world, PAST).head("popularity_30d", 2, EVERY != 1)
    assert best.tolist() == [0, 2]
    newest = UserSignals(world, PAST).head("item_recency", 3, EVERY != 2)
    assert newest.tolist()[:2] == [1, 0]


FACTS = ItemMetadata(
    np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1], [0, 0, 0]], np.float32),
    np.array([1990.0, 2000.0, 1980.0, 2010.0, np.nan, 1960.0]),
)


def test_taste_in_genres(fitted: FittedSignals) -> None:
    world = replace(fitted, metadata=FACTS)
    # ratings 5 and 1, mean 3; the movie without a rating counts for the shares alone
    taste = np.array([2 / (1 + 5), -2 / (1 + 5), 0.0])
    expected = [taste[0], taste[:2].mean(), taste[1], taste[2], taste.mean(), 0.0]
    np.testing.assert_allclose(value(world, PAST, "genre_taste"), expected, rtol=1e-6, atol=1e-8)
    share = np.array([2, 2, 0]) / 3
    expected = [share[0], share[:2].mean(), share[1], share[2], share.mean(), 0.0]
    for name in ("genre_share", "genre_share_recent"):
        np.testing.assert_allclose(value(world, PAST, name), expected, rtol=1e-6)
    longer = history([3, 3, 0, 1, 2, 0, 0], [4.0] * 7)
    recent = np.array([4, 2, 0]) / 5  # the last five: 0, 1, 2, 0, 0
    found = value(world, longer, "genre_share_recent")
    np.testing.assert_allclose(found[[0, 2, 3]], recent, rtol=1e-6, atol=1e-8)
    unrated = history([0, 1], [np.nan, np.nan])
    assert not value(world, unrated, "genre_taste").any()


def test_distance_in_years(fitted: FittedSignals) -> None:
    world = replace(fitted, metadata=FACTS)
    expected = np.abs(FACTS.year - 1990.0)  # the mean of 1990, 2000 and 1980
    np.testing.assert_allclose(value(world, PAST, "year_distance"), expected)
    longer = history([3, 3, 0, 1, 2, 4, 0], [4.0] * 7)
    recent = np.abs(FACTS.year - (1990 + 2000 + 1980 + 1990) / 4)  # movie 4 has no year
    np.testing.assert_allclose(value(world, longer, "year_distance_recent"), recent)
    assert np.isnan(value(world, history([4], [3.0]), "year_distance")).all()


def test_content_like_the_last_likes(fitted: FittedSignals) -> None:
    vectors = fitted.metadata.content.matrix
    mean = vectors[[0, 1]].mean(axis=0)  # movie 2 was disliked, movie 1 chosen
    length = np.linalg.norm(vectors, axis=1) * np.linalg.norm(mean)
    np.testing.assert_allclose(value(fitted, PAST, "content"), vectors @ mean / length, rtol=1e-5)
    assert np.isnan(value(fitted, history([2], [1.0]), "content")).all()


def test_points_for_tastes(fitted: FittedSignals) -> None:
    points = np.array([0.25, 0.75], dtype=np.float32)
    expected = points @ fitted.tastes.affinity
    for past in (PAST, NOTHING):
        stated = replace(past, taste_points=points)
        np.testing.assert_allclose(value(fitted, stated, "taste_points"), expected, rtol=1e-6)
    assert np.isnan(value(fitted, PAST, "taste_points")).all()


def test_predicted_rating_is_a_ridge_regression_on_the_history(fitted: FittedSignals) -> None:
    factors = fitted.rating
    seen = np.column_stack([np.ones(2), factors.vectors[[0, 2]]])  # movie 1 has no rating
    prior = np.diag([factors.shrinkage, factors.ridge, factors.ridge])
    left = np.array([5.0, 1.0]) - factors.mean - factors.biases[[0, 2]]
    user = np.linalg.solve(seen.T @ seen + prior, seen.T @ left)
    expected = factors.biases + factors.vectors @ user[1:]
    np.testing.assert_allclose(value(fitted, PAST, "rating"), expected, rtol=1e-5)
    np.testing.assert_array_equal(value(fitted, NOTHING, "rating"), factors.biases)


def test_without_a_history_only_what_everybody_shares_is_known(fitted: FittedSignals) -> None:
    raw = UserSignals(fitted, NOTHING).raw(EVERY)
    known = {name for name, row in zip(NAMES, raw, strict=True) if not np.isnan(row).all()}
    assert known == {*OF_CATALOGUE, "rating"}


def test_what_was_not_fitted_is_unknown(fitted: FittedSignals) -> None:
    bare = FittedSignals(metadata=ItemMetadata(FACTS.genres, FACTS.year), stats=fitted.stats)
    stated = replace(PAST, taste_points=np.array([1.0], np.float32))
    signals = UserSignals(bare, stated)
    raw = signals.raw(EVERY)
    known = {name for name, row in zip(NAMES, raw, strict=True) if not np.isnan(row).all()}
    preferences = {"genre_taste", "genre_share", "genre_share_recent"}
    assert known == {*OF_CATALOGUE, *preferences, "year_distance", "year_distance_recent"}
    assert signals.vector("als") is None
    assert not len(signals.head("ease", 9, np.ones(MOVIES, dtype=bool)))
