"""An embedding table against TensorFlow's own look-up."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from offline.models.layers import EmbeddingTable

pytestmark = pytest.mark.tensorflow

ROWS = np.array([[3, 0, 3], [1, 3, 0]])


def look_up(vectors: tf.Tensor, rows: np.ndarray) -> tf.Tensor:
    """The sum of squares of the vectors, each weighed by its place."""
    weights = tf.reshape(tf.range(rows.size, dtype="float32"), (*rows.shape, 1))
    return tf.reduce_sum(weights * vectors**2)


@pytest.mark.parametrize("rows", [ROWS, ROWS[0], ROWS[:, :0]])
def test_the_gradient_is_that_of_a_look_up(rows: np.ndarray) -> None:
    layer = EmbeddingTable(5, 2)
    layer.build((None,))
    with tf.GradientTape(persistent=True) as tape:
        ours = look_up(layer(rows, training=True), rows)
        theirs = look_up(tf.gather(layer.embeddings.value, rows), rows)
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
