"""The two layers of the deep interest evolution network (arXiv:1809.03672) that Keras lacks."""

from __future__ import annotations

import keras
import tensorflow as tf

AUXILIARY_WEIGHT = 0.1


class AttentionalGRU(keras.layers.Layer):
    """AUGRU: a GRU whose update gate is scaled by attention.

    u = attention · σ(W_u x + U_u s);  r = σ(W_r x + U_r s)
    s' = (1 - u) s + u tanh(W x + r ⊙ U s)
    """

    def __init__(self, units: int, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True  # `call` is told what is padding
        self._units = units
        self._inputs = keras.layers.Dense(3 * units)
        self._gates = keras.layers.Dense(3 * units, use_bias=False)

    def build(
        self,
        states_shape: tuple[int | None, ...],
        attention_shape: tuple[int | None, ...],  # noqa: ARG002
    ) -> None:
        """Makes the weights."""
        self._inputs.build(states_shape)
        self._gates.build((None, self._units))

    def call(self, states: tf.Tensor, attention: tf.Tensor) -> tf.Tensor:
        """(1 or n, length, dim) and (n, length) → the last state (n, units)."""
        projected = tf.unstack(self._inputs(states), axis=1)  # length × (1 or n, 3 units)
        state = tf.zeros([tf.shape(attention)[0], self._units])
        for x, share in zip(projected, tf.unstack(attention, axis=1), strict=True):
            state = self._step(x, share[:, None], state)
        return state

    def _step(self, x: tf.Tensor, share: tf.Tensor, state: tf.Tensor) -> tf.Tensor:
        own = self._gates(state)
        width = 2 * self._units
        gates = tf.sigmoid(x[:, :width] + own[:, :width])  # (n, 2 units)
        update, reset = share * gates[:, : self._units], gates[:, self._units :]
        proposed = tf.tanh(x[:, width:] + reset * own[:, width:])
        return state + update * (proposed - state)

    def compute_output_spec(
        self, states: keras.KerasTensor, _: keras.KerasTensor
    ) -> keras.KerasTensor:
        """(batch, units)."""
        return keras.KerasTensor((states.shape[0], self._units), dtype=states.dtype)


class NextMovieLoss(keras.layers.Layer):
    """Passes states through; in training adds an auxiliary next-movie loss.

    loss = -mean_t [log σ(<h_t, e_{t+1}>) + log σ(-<h_t, e'_{t+1}>)], e' from another user of the
    batch at the same place. The label of the sample plays no part.
    """

    def __init__(self, seed: int, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True  # `call` is told what is padding
        self._random = keras.random.SeedGenerator(seed)

    def call(
        self, states: tf.Tensor, movies: tf.Tensor, present: tf.Tensor, training: bool = False
    ) -> tf.Tensor:
        """States and movies (batch, length, dim), present (batch, length), oldest first."""
        if training:
            self.add_loss(AUXILIARY_WEIGHT * self._loss(states[:, :-1], movies[:, 1:], present))
        return states

    def _loss(self, states: tf.Tensor, following: tf.Tensor, present: tf.Tensor) -> tf.Tensor:
        counted = present[:, :-1] * present[:, 1:]
        order = keras.random.shuffle(tf.range(tf.shape(states)[0]), seed=self._random)
        true = tf.reduce_sum(states * following, axis=-1)  # (batch, length - 1)
        false = tf.reduce_sum(states * tf.gather(following, order), axis=-1)
        other = counted * tf.gather(present[:, 1:], order)  # padding is not a negative
        return _mean(tf.nn.softplus(-true), counted) + _mean(tf.nn.softplus(false), other)


def _mean(values: tf.Tensor, counted: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(values * counted) / tf.maximum(tf.reduce_sum(counted), 1.0)
