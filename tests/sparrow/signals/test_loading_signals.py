"""Fitted signals that are written into a release and read again give the same values."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from signal_world import SIMILARITIES, drawn_world, history

from sparrow.signals.context_features import context_features
from sparrow.signals.loading import TASTES, SignalParams, load_signals
from sparrow.signals.models.als_factors import AlsParams
from sparrow.signals.models.fitted_signals import FittedSignals
from sparrow.signals.models.rating_predictor import RatingPredictor
from sparrow.signals.models.user_tower import LENGTH, TIME_BUCKETS, TwoTower
from sparrow.signals.registry import UserSignals
from sparrow.vectors.cold_start import CONTENT_EMBEDDING
from sparrow.vectors.item_weights import ItemWeights

MOVIES, DIM, HEADS, UNITS = 30, 4, 2, 6
IDS = np.arange(MOVIES) * 10 + 7
PAST = history([3, 8, 21], [4.0, 2.0, np.nan], taste_points=np.array([0.5, 0.5], np.float32))


def drawn_tower(seed: int) -> TwoTower:
    random = np.random.default_rng(seed)
    shapes = {
        "item_vectors": (MOVIES, DIM + 1), "content_weights": (3, DIM), "start": (DIM,),
        "rating": (DIM,), "time_gap": (TIME_BUCKETS, DIM), "query": (HEADS, DIM, DIM // HEADS),
        "key": (HEADS, DIM, DIM // HEADS), "value": (HEADS, DIM, DIM // HEADS),
        "attention_out": (DIM, DIM), "distance_bias": (HEADS, LENGTH), "norms": (3, 2, DIM),
        "hidden": (DIM, UNITS), "hidden_bias": (UNITS,), "hidden_out": (UNITS, DIM),
        "hidden_out_bias": (DIM,), "recency": (LENGTH,),
    }  # fmt: skip
    return TwoTower(**{n: random.normal(size=s).astype(np.float32) for n, s in shapes.items()})


@pytest.fixture
def fitted() -> FittedSignals:
    world = drawn_world(MOVIES, seed=6)
    als = replace(world.als, params=AlsParams(ranks=(1, 3), regularisation=0.3, confidence=2.0))
    tower = drawn_tower(1)
    return replace(world, als=als, two_tower=tower, like_threshold=4.5, neutral_rating=3.0)


def write(fitted: FittedSignals, root: Path) -> None:
    """The files of a release that signals come from, rating factors only of known movies."""
    SignalParams(fitted.als.params, fitted.like_threshold, fitted.neutral_rating).save(root)
    for name in SIMILARITIES:
        matrix = getattr(fitted, name)
        ItemWeights(IDS[matrix.items], matrix.weights).save(root / "similarities" / name)
    rated = np.flatnonzero(fitted.rating.biases)
    factors = fitted.rating
    RatingPredictor(
        IDS[rated], factors.vectors[rated], factors.biases[rated], np.ones(len(rated), dtype=int),
        factors.mean, factors.ridge, factors.shrinkage, 0.9,
    ).save(root / "rating_predictor.npz")  # fmt: skip
    fitted.tastes.save(root / TASTES)
    fitted.two_tower.save(root / "embeddings" / "two_tower")


def load(fitted: FittedSignals, root: Path) -> FittedSignals:
    vectors = {"als": fitted.als.movies, CONTENT_EMBEDDING: fitted.metadata.content}
    return load_signals(root, IDS, fitted.metadata.genres.astype(bool), fitted.stats, vectors)


def test_a_release_has_the_signals_that_were_fitted(fitted: FittedSignals, tmp_path: Path) -> None:
    write(fitted, tmp_path)
    loaded = load(fitted, tmp_path)
    everything = np.arange(MOVIES)
    before, after = (UserSignals(each, PAST).raw(everything) for each in (fitted, loaded))
    assert not np.isnan(before).all(axis=1).any()
    np.testing.assert_allclose(after, before, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(context_features(loaded, PAST), context_features(fitted, PAST))
    assert SignalParams.load(tmp_path) == SignalParams(fitted.als.params, 4.5, 3.0)


def test_what_a_release_does_not_have_is_unknown(fitted: FittedSignals, tmp_path: Path) -> None:
    write(replace(fitted), tmp_path)
    (tmp_path / "similarities" / "ease").rename(tmp_path / "elsewhere")
    (tmp_path / "embeddings" / "two_tower").rename(tmp_path / "tower")
    loaded = load_signals(tmp_path, IDS, fitted.metadata.genres.astype(bool), fitted.stats, {})
    signals = UserSignals(loaded, PAST)
    for name in ("ease", "ease_recent", "ease_rated", "als", "two_tower", "content"):
        assert np.isnan(signals.at(name, np.arange(MOVIES))).all()
    assert not np.isnan(signals.at("rating", np.arange(MOVIES))).any()


def test_missing_files_are_an_error_of_the_file_system(
    fitted: FittedSignals, tmp_path: Path
) -> None:
    write(fitted, tmp_path)
    (tmp_path / TASTES).unlink()
    with pytest.raises(OSError, match=TASTES):
        load(fitted, tmp_path)
