"""The two-tower model: a viewer and a movie as vectors whose product says "will be watched next".

Yi et al., Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations (RecSys
2019). The movies of a batch are each other's negatives. That draws popular movies too often, so
each score is lowered by the logarithm of how often its movie is drawn (log-Q). The paper estimates
that from a stream; here it is counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from offline.models.look_up import look_up
from sparrow.features import HISTORY_LENGTH
from sparrow.two_tower import NOBODY, Weights

HALF_LIFE = 10.0  # places after which a rating counts half before training says otherwise
FAR = -1e9  # the score of a movie that is no negative


@dataclass(frozen=True)
class TwoTowerConfig:
    """Chosen on the validation part of ml-100k."""

    dimensions: int = 48
    hidden: int = 64  # rectified units
    epochs: int = 4
    batch_size: int = 512
    learning_rate: float = 8e-3
    weight_decay: float = 0.1  # per step and unit of learning rate (AdamW)
    temperature: float = 1.0  # scores are divided by it
    id_dropout: float = 0.05  # share of movies shown as unknown, so that content is learnt
    dropout: float = 0.3  # of the history's movies in training


class TwoTower(keras.Model):
    """Both towers over movies with this `content`, (movies, columns), at the places 1 and up.

    Who a movie is starts at zero and stays there for one that nobody watches.
    """

    def __init__(self, config: TwoTowerConfig, content: np.ndarray, columns: int) -> None:
        """`columns`: numbers of a viewer."""
        super().__init__()
        self.config = config
        movies, dim = len(content) + 1, config.dimensions
        place = np.arange(HISTORY_LENGTH, dtype=np.float32)
        nothing = np.zeros((1, content.shape[1]))
        self.content = tf.constant(np.concatenate([nothing, content]), dtype=tf.float32)
        self.chosen = self.add_weight(shape=(movies, dim), initializer="zeros", name="chosen")
        self.liked = self.add_weight(shape=(movies, dim), initializer="zeros", name="liked")
        self.recency = self.add_weight(shape=(HISTORY_LENGTH,), name="recency")
        self.recency.assign(-np.log(2.0) * place / HALF_LIFE)
        self.hidden = keras.layers.Dense(config.hidden, activation="relu")
        self.out = keras.layers.Dense(dim)
        self.hidden.build((None, dim + columns))
        self.out.build((None, config.hidden))
        self.identity = self.add_weight(shape=(movies, dim), initializer="zeros", name="identity")
        self.of_content = keras.layers.Dense(dim)
        self.of_content.build((None, content.shape[1]))

    def viewer(
        self, places: tf.Tensor, liking: tf.Tensor, numbers: tf.Tensor, training: bool = False
    ) -> tf.Tensor:
        """Vectors (batch, dim) of viewers; the inputs are those of `sparrow.two_tower.Inputs`."""
        counted = tf.exp(self.recency) * tf.cast(places != NOBODY, tf.float32)  # (batch, length)
        if training:
            kept = tf.random.uniform(tf.shape(places)) >= self.config.dropout
            counted *= tf.cast(kept, tf.float32)
        chosen = look_up(tf.convert_to_tensor(self.chosen), places)  # (batch, length, dim)
        liked = look_up(tf.convert_to_tensor(self.liked), places)
        summed = tf.einsum("bl,bld->bd", counted, chosen)
        summed += tf.einsum("bl,bld->bd", counted * liking, liked)
        weight = tf.reduce_sum(counted * counted, axis=1, keepdims=True)
        history = summed / tf.sqrt(weight + 1.0)
        return history + self.out(self.hidden(tf.concat([history, numbers], axis=1)))

    def movie(self, places: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Vectors (batch, dim) of movies: what they are, and who they are if that is known."""
        identity = look_up(tf.convert_to_tensor(self.identity), places)
        if training:
            known = tf.random.uniform((tf.shape(places)[0], 1)) >= self.config.id_dropout
            identity *= tf.cast(known, tf.float32)
        return identity + self.of_content(tf.gather(self.content, places))

    def loss_of(
        self, inputs: tuple[tf.Tensor, ...], movie: tf.Tensor, log_q: tf.Tensor
    ) -> tf.Tensor:
        """Cross entropy of each viewer's next movie against those of the batch.

        `movie` (batch,) places, `log_q` (batch,) how often each is drawn.
        """
        viewers, movies = self.viewer(*inputs, training=True), self.movie(movie, training=True)
        scores = tf.matmul(viewers, movies, transpose_b=True) / self.config.temperature
        scores -= log_q[None, :]
        same = tf.equal(movie[:, None], movie[None, :])  # the viewer's own movie by another row
        accidental = same & ~tf.eye(tf.shape(movie)[0], dtype=tf.bool)
        scores = tf.where(accidental, FAR, scores)
        own = tf.range(tf.shape(movie)[0])
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(own, scores))

    def viewer_weights(self) -> Weights:
        """The viewer's tower as arrays."""
        return Weights(
            chosen=self.chosen.numpy(),
            liked=self.liked.numpy(),
            recency=np.exp(self.recency.numpy()),
            hidden=self.hidden.kernel.numpy(),
            hidden_bias=self.hidden.bias.numpy(),
            out=self.out.kernel.numpy(),
            out_bias=self.out.bias.numpy(),
        )
