"""Layers by hand, and an embedding table against TensorFlow's own look-up."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from offline.models.blocks.layers import EmbeddingTable, LearnedScale, SignalGate, Standardise

pytestmark = pytest.mark.tensorflow

ROWS = np.array([[3, 0, 3], [1, 3, 0]])


def sparse_lookup(vectors: tf.Tensor, rows: np.ndarray) -> tf.Tensor:
    """The sum of squares of the vectors, each weighed by its place."""
    weights = tf.reshape(tf.range(rows.size, dtype="float32"), (*rows.shape, 1))
    return tf.reduce_sum(weights * vectors**2)


@pytest.mark.parametrize("rows", [ROWS, ROWS[0], ROWS[:, :0]])
def test_the_gradient_is_that_of_a_look_up(rows: np.ndarray) -> None:
    layer = EmbeddingTable(5, 2)
    layer.build((None,))
    with tf.GradientTape(persistent=True) as tape:
        ours = sparse_lookup(layer(rows, training=True), rows)
        theirs = sparse_lookup(tf.gather(layer.embeddings.value, rows), rows)
    assert float(ours) == pytest.approx(float(theirs))
    expected = tf.convert_to_tensor(tape.gradient(theirs, layer.embeddings.value))
    found = tape.gradient(ours, layer.embeddings.value)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    if rows.size:
        assert np.abs(expected).max() > 0


def test_serving_gives_the_same_vectors_as_training() -> None:
    layer = EmbeddingTable(5, 2)
    np.testing.assert_array_equal(layer(ROWS, training=True), layer(ROWS))
    assert layer(ROWS).shape == (2, 3, 2)


def test_adam_steps_alike_whether_a_row_is_shown_once_or_in_parts() -> None:
    def after(rows: list[int], weights: list[float]) -> np.ndarray:
        layer = EmbeddingTable(2, 1, embeddings_initializer="ones")
        layer.build((None,))
        optimizer = keras.optimizers.Adam(0.1, epsilon=1e-3)
        optimizer.build(layer.trainable_variables)
        for scale in (1.0, 3.0):
            with tf.GradientTape() as tape:
                vectors = layer(np.array(rows), training=True)[:, 0]
                loss = scale * tf.reduce_sum(vectors * weights)
            optimizer.apply(tape.gradient(loss, layer.trainable_variables))
        return layer.embeddings.numpy()

    together, parts = after([0], [1.0]), after([0, 0, 0], [2.0, -1.5, 0.5])
    np.testing.assert_allclose(parts, together, rtol=1e-6)
    assert together[0, 0] != 1.0
    assert together[1, 0] == 1.0


def test_the_gate_mixes_the_weights_of_its_experts_by_the_context() -> None:
    random = np.random.default_rng(1)
    layer = SignalGate(3, [1, 4])
    signals, context = random.normal(size=(5, 8)), random.normal(size=(5, 6))
    assert not layer(signals, context).numpy().any()  # before anything is learnt
    vectors, kernel = random.normal(size=(3, 8)), random.normal(size=(2, 3))
    layer.set_weights([vectors, kernel])
    chosen = np.exp(context[:, [1, 4]] @ kernel)
    weighted = signals * ((chosen / chosen.sum(axis=1, keepdims=True)) @ vectors)
    expected = weighted[:, :4] + weighted[:, 4:]  # a signal's value and its rank
    np.testing.assert_allclose(layer(signals, context), expected, rtol=1e-5)
    once = layer(signals, context[:1]).numpy()  # one query, many candidates
    np.testing.assert_allclose(once[0], expected[0], rtol=1e-5)
    np.testing.assert_allclose(once, layer(signals, np.repeat(context[:1], 5, axis=0)), rtol=1e-5)


def test_one_expert_looks_at_no_context() -> None:
    random = np.random.default_rng(2)
    layer = SignalGate(1, [0])
    signals = random.normal(size=(4, 6))
    layer.build((None, 6), (None, 1))
    layer.set_weights([random.normal(size=(1, 6)), random.normal(size=(1, 1))])
    here, there = (layer(signals, random.normal(size=(4, 1))) for _ in range(2))
    np.testing.assert_allclose(here, there, rtol=1e-5)


def test_a_learned_scale_begins_at_zero_and_learns() -> None:
    layer, values = LearnedScale(), tf.constant([[1.0], [-2.0]])
    with tf.GradientTape() as tape:
        out = layer(values)
        loss = tf.reduce_sum(out * values)
    assert not out.numpy().any()
    assert float(tape.gradient(loss, layer.scale.value)) == 5.0
    layer.set_weights([np.float32(3.0)])
    assert layer(values).numpy().tolist() == [[3.0], [-6.0]]


def test_columns_are_standardised() -> None:
    layer = Standardise(np.array([1.0, 0.0]), np.array([2.0, 0.5]))
    found = layer(np.array([[3.0, 0.25], [1.0, -100.0]], dtype=np.float32))
    assert found.numpy().tolist() == [[1.0, 0.5], [0.0, -5.0]]
