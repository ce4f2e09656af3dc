"""Expected stars: right where the world is as the model says, sure where it may be."""

from __future__ import annotations

import numpy as np
import pytest

from sparrow.signals.models.rating_predictor import MIN_RATINGS, RatingPredictor

MOVIES, DIM, NOISE = 400, 3, 0.5
RANDOM = np.random.default_rng(2)
VECTORS = RANDOM.normal(size=(MOVIES, DIM)).astype(np.float32)
BIASES = RANDOM.normal(0, 0.3, MOVIES).astype(np.float32)
IDS = np.arange(MOVIES) * 3 + 1


def table(**changes: object) -> RatingPredictor:
    known = {
        "movie_ids": IDS, "vectors": VECTORS, "biases": BIASES, "counts": np.full(MOVIES, 10**6),
        "mean": 3.2, "ridge": NOISE**2 / 0.25, "shrinkage": NOISE**2 / 0.16, "noise": NOISE,
    }  # fmt: skip
    return RatingPredictor(**{**known, **changes})


def user(seed: int, rated: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The movies, and stars of all of them by somebody whom the prior describes."""
    random = np.random.default_rng(seed)
    taste, bias = random.normal(0, 0.5, DIM), random.normal(0, 0.4)
    stars = 3.2 + bias + BIASES + VECTORS @ taste + random.normal(0, NOISE, MOVIES)
    places = random.permutation(MOVIES)
    return places[:rated], places[rated:], stars


@pytest.mark.parametrize("rated", [4, 20, 150])
def test_four_of_five_ratings_lie_where_four_of_five_should(rated: int) -> None:
    inside, errors = [], []
    for seed in range(60):
        past, future, stars = user(seed, rated)
        found = table().predict(IDS[past], stars[past], IDS[future])
        error = stars[future] - found.stars
        inside.append(np.abs(error) <= 1.2816 * found.deviation)
        errors.append(error)
    assert np.mean(inside) == pytest.approx(0.8, abs=0.03)
    assert np.std(errors) > NOISE * 0.95


def test_more_ratings_make_surer() -> None:
    past, future, stars = user(1, 200)
    few, many = (
        table().predict(IDS[past[:n]], stars[past[:n]], IDS[future]).deviation for n in (5, 200)
    )
    assert (many < few).all()
    assert (many > NOISE).all()


def test_too_few_ratings_tell_nothing() -> None:
    stars = np.full(MIN_RATINGS, 4.0)
    some = table(counts=np.r_[MIN_RATINGS - 1, np.full(MOVIES - 1, 9)])
    short = some.predict(IDS[1:MIN_RATINGS], stars[1:], IDS[:5])
    assert np.isnan(short.stars).all()
    assert np.isnan(short.deviation).all()
    enough = some.predict(IDS[1 : MIN_RATINGS + 1], stars, np.r_[IDS[:2], 2])
    assert np.isnan(enough.stars).tolist() == [True, False, True]  # 2 is no movie
    nobody = some.predict(IDS[:0], stars[:0], IDS[:5])
    assert np.isnan(nobody.stars).all()


def test_unknown_movies_of_a_history_say_nothing() -> None:
    past, future, stars = user(3, 30)
    known = table().predict(IDS[past], stars[past], IDS[future])
    more = table().predict(np.r_[IDS[past], 2, 10**9], np.r_[stars[past], 5.0, 5.0], IDS[future])
    np.testing.assert_array_equal(known.stars, more.stars)


def test_a_table_comes_back_as_it_was_saved(tmp_path) -> None:
    table().save(tmp_path / "rating_predictor.npz")
    again = RatingPredictor.load(tmp_path / "rating_predictor.npz")
    np.testing.assert_array_equal(again.vectors, VECTORS)
    assert (again.mean, again.ridge, again.noise) == (3.2, table().ridge, NOISE)
