"""Training on lists: worlds in which it is obvious what the order follows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from training_list_world import LENGTH, by, by_movie, ranking

from offline.models.blocks.config import TrainConfig
from offline.models.blocks.inputs import CONTEXT, SIGNALS
from offline.models.registry import MODELS
from offline.ranker import gate_step, list_trainer
from offline.ranker.list_model import EXPERTS, list_model
from offline.ranker.list_trainer import (
    Fold,
    list_loss,
    out_of_fold,
    reader_of,
    scores_of,
    train_gate,
    train_network,
)
from offline.ranker.lists.ranking_lists import RankingLists
from offline.ranker.quality_check import by_situation, ndcg_by_list
from offline.samples.sample_files import Samples
from sparrow.signals.context_features import CONTEXT as COLUMNS
from sparrow.signals.registry import NAMES

pytestmark = pytest.mark.tensorflow

CONFIG = TrainConfig(
    hidden=(16,), embedding_dim=4, list_epochs=6, list_learning_rate=0.02, list_dropout=0.0
)
IN_TURN = {"now": by("ease"), "later": by("popularity")}


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many steps for these few lists as many lists have."""
    monkeypatch.setattr(list_trainer, "BATCH", 8)


@pytest.fixture(scope="module")
def samples(checkerboard_samples: Path) -> Samples:
    return Samples.open(checkerboard_samples)


@pytest.fixture(scope="module")
def world() -> RankingLists:
    return ranking(IN_TURN, users=100)


def held_out_ndcg(world: RankingLists, scores: list[np.ndarray]) -> dict[str, float]:
    return by_situation(world.lists, ndcg_by_list(world.lists, out_of_fold(scores)))


def test_the_gate_learns_from_the_context_which_signal_counts(
    world: RankingLists, samples: Samples
) -> None:
    """Right after an event EASE is right, after a pause popularity: no fixed weights can be."""
    folds = Fold.each(world)
    gated = [scores_of(train_gate(fold, samples, CONFIG, EXPERTS), fold) for fold in folds]
    linear = [scores_of(train_gate(fold, samples, CONFIG, 1), fold) for fold in folds]
    by_gate, by_linear = held_out_ndcg(world, gated), held_out_ndcg(world, linear)
    assert min(by_gate.values()) > 0.95
    assert np.mean(list(by_linear.values())) < 0.8


def test_every_list_is_held_out_once_with_all_of_its_users(world: RankingLists) -> None:
    folds = Fold.each(world)
    held_out = np.concatenate([fold.held_out for fold in folds])
    assert sorted(held_out.tolist()) == list(range(len(world.lists)))
    for fold in folds:
        assert len(fold.train) > 0.3 * len(world.lists)
        users = world.lists.user
        assert not np.intersect1d(users[fold.train], users[fold.held_out]).size
    whole = Fold.whole(world)
    assert len(whole.train) == len(world.lists)
    assert not len(whole.held_out)


def test_scores_of_others_than_the_held_out_lists_are_not_made(
    world: RankingLists, samples: Samples
) -> None:
    fold = Fold.each(world)[0]
    model = list_model(None, samples, fold.scale(), CONFIG)
    found = scores_of(model, fold)
    held_out = np.repeat(np.isin(np.arange(len(world.lists)), fold.held_out), LENGTH)
    assert (np.isnan(found) == ~held_out).all()
    other = np.where(held_out, np.nan, np.float32(2.0))
    assert out_of_fold([found, other]).tolist() == np.where(held_out, 0.0, 2.0).tolist()


def test_situations_weigh_the_same_and_a_pause_is_shared_by_what_is_new_and_what_is_missing() -> (
    None
):
    world = ranking({**IN_TURN, "gap": by("ease"), "newcomer": by("ease")}, users=12)
    lists = world.lists.take(np.arange(len(world.lists) - 6))
    fold = Fold.whole(replace(world, lists=lists))
    weights = fold.weights()
    assert weights.mean() == pytest.approx(1.0)
    mass = np.bincount(lists.situation, weights=weights, minlength=4)
    assert len(set(np.bincount(lists.situation).tolist())) > 1
    now, later, gap, newcomer = mass / mass[0]  # the world's gap share is a quarter
    assert [now, later, gap, newcomer] == pytest.approx([1.0, 0.75, 0.25, 1.0])


def test_the_scale_is_that_of_the_training_lists(world: RankingLists) -> None:
    fold = Fold.each(world)[0]
    mean, deviation = fold.scale()
    context = world.lists.context[fold.train]
    inactive, constant = COLUMNS.index("log_seconds_inactive"), COLUMNS.index("weekend")
    assert mean[inactive] == pytest.approx(context[:, inactive].mean())
    assert deviation[inactive] == pytest.approx(context[:, inactive].std())
    assert (mean[constant], deviation[constant]) == (0.0, 1.0)


def test_a_network_begins_as_if_it_were_not_there(world: RankingLists, samples: Samples) -> None:
    fold = Fold.whole(world)
    alone = list_model(None, samples, fold.scale(), CONFIG)
    random = np.random.default_rng(1)
    weights = [random.normal(size=w.shape) for w in alone.get_layer("gate").get_weights()]
    alone.get_layer("gate").set_weights(weights)
    both = train_network(fold, samples, MODELS["lr"], replace(CONFIG, list_epochs=0), weights)
    _, rows = reader_of(world, both).whole(np.array([3]))
    found = both(rows).numpy()
    assert found.shape == (LENGTH, len(NAMES) + 1)
    assert not found[:, -1].any()
    expected = alone({name: rows[name] for name in alone.input}).numpy()
    assert np.abs(expected).max() > 0.1
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_the_gate_adds_value_and_rank_of_each_signal(world: RankingLists, samples: Samples) -> None:
    model = list_model(None, samples, Fold.whole(world).scale(), CONFIG, experts=1)
    vectors, kernel = model.get_layer("gate").get_weights()
    assert not vectors.any()  # nothing counts before it is learnt
    drawn = np.random.default_rng(2).normal(size=vectors.shape).astype(np.float32)
    model.get_layer("gate").set_weights([drawn, kernel])
    _, rows = reader_of(world, model).whole(np.array([0]))
    value, rank = np.split(rows[SIGNALS] * drawn[0], 2, axis=1)
    components = model(rows).numpy()
    np.testing.assert_allclose(components[:, :-1], value + rank, rtol=1e-5, atol=1e-6)
    assert not components[:, -1].any()


def test_a_network_learns_what_no_signal_knows(samples: Samples) -> None:
    """The order follows a feature of the movies, which is another one at each cut."""
    world = ranking({"now": by_movie("movie_like_rate")}, users=160)
    fold = Fold.each(world)[0]
    gate = train_gate(fold, samples, CONFIG, EXPERTS)
    weights = gate.get_layer("gate").get_weights()
    model = train_network(fold, samples, MODELS["lr"], replace(CONFIG, list_epochs=20), weights)
    figures = []
    for trained in (gate, model):
        scores = np.nan_to_num(scores_of(trained, fold))
        figures.append(ndcg_by_list(world.lists, scores)[fold.held_out].mean())
    assert figures[0] < 0.5
    assert figures[1] > 0.9
    _, rows = reader_of(world, model).whole(np.array([0]))
    components = model(rows).numpy()
    assert np.abs(components[:, -1]).max() > 0.1


def test_the_same_seed_trains_the_same_model(world: RankingLists, samples: Samples) -> None:
    fold, config = Fold.each(world)[0], replace(CONFIG, list_epochs=1)
    gate = list_model(None, samples, fold.scale(), config).get_layer("gate").get_weights()
    made = [
        scores_of(train_network(fold, samples, MODELS["gated"], each, gate), fold)
        for each in (config, config, replace(config, seed=1))
    ]
    np.testing.assert_allclose(made[0], made[1], rtol=1e-5, atol=1e-6)
    assert np.nanmax(np.abs(made[0] - made[2])) > 1e-4


def test_a_gate_is_kept_and_loaded(world: RankingLists, samples: Samples, tmp_path: Path) -> None:
    model = list_model(None, samples, Fold.whole(world).scale(), CONFIG)
    gate_step.save_gate(model, tmp_path, "0")
    kept = model.get_layer("gate").get_weights()
    for loaded, weights in zip(gate_step.load_gate(tmp_path, "0"), kept, strict=True):
        np.testing.assert_array_equal(loaded, weights)


def test_the_loss_is_the_cross_entropy_of_a_corrected_softmax() -> None:
    score = np.array([[1.0, 0.5, -1.0], [2.0, 0.0, 7.0]], dtype=np.float32)
    target = np.array([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]], dtype=np.float32)
    log_q = np.log([[1.0, 1.0, 0.25], [1.0, 0.5, 1.0]]).astype(np.float32)
    log_q[1, 2] = -np.inf  # no candidate, whatever its score
    first = np.exp(1.0) + np.exp(0.5) + np.exp(-1.0) / 0.25
    second = np.exp(2.0) + np.exp(0.0) / 0.5
    entropy = [np.log(first) - 0.75, np.log(second) - 2.0]
    weight = np.array([1.0, 3.0], dtype=np.float32)
    found = list_loss(*(tf.constant(each) for each in (score, target, log_q, weight)))
    assert float(found) == pytest.approx((entropy[0] + 3 * entropy[1]) / 2, rel=1e-5)


def test_the_loss_has_finite_gradients_where_places_are_empty() -> None:
    score = tf.Variable([[1.0, 2.0, 3.0]])
    log_q = tf.constant([[0.0, -0.5, -np.inf]])
    with tf.GradientTape() as tape:
        loss = list_loss(score, tf.constant([[1.0, 0.0, 0.0]]), log_q, tf.constant([1.0]))
    gradient = tape.gradient(loss, score).numpy()[0]
    assert np.isfinite(gradient).all()
    assert gradient[0] < 0 < gradient[1]
    assert gradient[2] == 0


@pytest.mark.parametrize(("build", "experts"), [(None, EXPERTS), (None, 1), ("gated", EXPERTS)])
def test_models_of_signals_take_signals_and_context_alone(
    world: RankingLists, samples: Samples, build: str | None, experts: int
) -> None:
    scale = Fold.whole(world).scale()
    model = list_model(MODELS[build] if build else None, samples, scale, CONFIG, experts)
    assert set(model.input) == {SIGNALS, CONTEXT}
    assert isinstance(model, keras.Model)
