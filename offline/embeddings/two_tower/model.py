"""The two-tower model in TensorFlow: `sparrow.signals.models.user_tower` for whole sequences."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from offline.embeddings.two_tower.config import TwoTowerConfig
from offline.models.blocks.sparse_lookup import sparse_lookup
from sparrow.arrays import half_life_decay
from sparrow.signals.models.user_tower import EPSILON, LENGTH, TIME_BUCKETS, TwoTower

SCALE = 0.02  # deviation of what weights start from
HALF_LIFE = 10.0  # tokens after which a movie counts half in the sum, at the start
REACH = 4.0  # tokens that the first head attends to at the start; each further head four times more
FAR = -1e9  # attention logit of tokens that come later


class TwoTowerModel(tf.Module):
    """Weights in training, and the forward pass with dropout.

    A movie's vector is its own row, zero for one that nobody watched, and what its content adds.
    """

    def __init__(
        self, weights: TwoTower, content: np.ndarray, watched: np.ndarray, config: TwoTowerConfig
    ) -> None:
        """`content` (movies, columns) of the movies, `watched` (movies,) bool."""
        super().__init__()
        self.config = config
        self._content = tf.constant(content)
        self._watched = tf.constant(watched.astype(np.float32)[:, None])
        own = weights.item_vectors[:, :-1] - content @ weights.content_weights
        self.identity = tf.Variable(own, name="identity")
        self.bias = tf.Variable(weights.item_vectors[:, -1], name="bias")
        for name in LEARNT:
            setattr(self, name, tf.Variable(getattr(weights, name), name=name))
        token = np.arange(LENGTH)
        self._distance = tf.constant(np.maximum(token[:, None] - token, 0), tf.int32)
        self._causal = tf.constant(token[:, None] >= token)

    def items(self, random: tf.random.Generator | None = None) -> tf.Tensor:
        """`TwoTower.item_vectors` (movies, dim + 1); in training some are their content alone."""
        known = self._watched
        if random is not None and self.config.id_dropout:
            kept = random.uniform(tf.shape(known)) >= self.config.id_dropout
            known *= tf.cast(kept, tf.float32)
        rows = self.identity * known + tf.matmul(self._content, self.content_weights)
        return tf.concat([rows, self.bias[:, None]], axis=1)

    def users(
        self,
        items: tf.Tensor,
        tokens: tuple[tf.Tensor, tf.Tensor, tf.Tensor],
        random: tf.random.Generator | None = None,
    ) -> tf.Tensor:
        """The user's vector after each token: (w, LENGTH, dim + 1).

        `items` as above, `tokens` the inputs of `sequences.Batch`: items, ratings and time gaps;
        with `random`, dropout.
        """
        item, rating, time_gap = tokens
        starts = tf.cast(item < 0, tf.float32)[..., None]
        embedded = sparse_lookup(items, tf.maximum(item, 0))[..., :-1]  # (w, LENGTH, dim)
        embedded = embedded * (1.0 - starts) + starts * self.start
        inputs = embedded + rating[..., None] * self.rating + sparse_lookup(self.time_gap, time_gap)
        output = self._block(self._dropped(inputs, random), random)
        vectors = self._dropped(output + self._sum(embedded), random)
        return tf.concat([vectors, tf.ones_like(starts)], axis=2)

    def _block(self, tokens: tf.Tensor, random: tf.random.Generator | None) -> tf.Tensor:
        inputs = _normalised(tokens, self.norms[0])
        query, key, value = (
            tf.einsum("wld,hde->whle", inputs, weights)
            for weights in (self.query, self.key, self.value)
        )  # (w, heads, LENGTH, dim / heads)
        logits = tf.matmul(query, key, transpose_b=True) / np.sqrt(query.shape[-1])
        logits += tf.gather(self.distance_bias, self._distance, axis=1)
        attention = tf.nn.softmax(tf.where(self._causal, logits, FAR))
        mixed = tf.matmul(self._dropped(attention, random), value)
        merged = tf.reshape(tf.transpose(mixed, (0, 2, 1, 3)), tf.shape(tokens))
        attended = tokens + self._dropped(tf.matmul(merged, self.attention_out), random)
        units = tf.matmul(_normalised(attended, self.norms[1]), self.hidden) + self.hidden_bias
        added = tf.matmul(tf.nn.relu(units), self.hidden_out) + self.hidden_out_bias
        return _normalised(attended + self._dropped(added, random), self.norms[2])

    def _sum(self, embedded: tf.Tensor) -> tf.Tensor:
        counted = tf.where(self._causal, tf.gather(self.recency, self._distance), 0.0)
        length = tf.sqrt(tf.reduce_sum(tf.square(counted), axis=1, keepdims=True) + 1.0)
        return tf.matmul(counted / length, embedded)

    def _dropped(self, values: tf.Tensor, random: tf.random.Generator | None) -> tf.Tensor:
        if random is None or not self.config.dropout:
            return values
        kept = random.uniform(tf.shape(values)) >= self.config.dropout
        return tf.where(kept, values / (1.0 - self.config.dropout), 0.0)

    def weights(self, bias: np.ndarray) -> TwoTower:
        """As arrays, with these biases of the movies."""
        rows = self.items().numpy()[:, :-1]
        learnt = {name: getattr(self, name).numpy() for name in LEARNT}
        return TwoTower(np.column_stack([rows, bias]).astype(np.float32), **learnt)


LEARNT = tuple(name for name in TwoTower.__dataclass_fields__ if name != "item_vectors")


def initial_weights(
    config: TwoTowerConfig, content: np.ndarray, random: np.random.Generator
) -> TwoTower:
    """What training starts from without earlier weights; all movies are equal in bias."""
    dim, heads, units, movies = config.dim, config.heads, config.hidden, len(content)

    def normal(*shape: int, scale: float = SCALE) -> np.ndarray:
        return (scale * random.standard_normal(shape)).astype(np.float32)

    projection = (heads, dim, dim // heads)
    distance = np.arange(LENGTH, dtype=np.float32)
    reach = REACH * 4.0 ** np.arange(heads, dtype=np.float32)[:, None]
    content_weights = normal(content.shape[1], dim)
    rows = normal(movies, dim) + content @ content_weights
    return TwoTower(
        item_vectors=np.hstack([rows, np.zeros((movies, 1), dtype=np.float32)]),
        content_weights=content_weights,
        start=normal(dim),
        rating=normal(dim),
        time_gap=normal(TIME_BUCKETS, dim),
        query=normal(*projection, scale=dim**-0.5),
        key=normal(*projection, scale=dim**-0.5),
        value=normal(*projection, scale=dim**-0.5),
        attention_out=normal(dim, dim, scale=dim**-0.5),
        distance_bias=-distance / reach,
        norms=np.stack([np.ones((3, dim)), np.zeros((3, dim))], axis=1).astype(np.float32),
        hidden=normal(dim, units, scale=dim**-0.5),
        hidden_bias=np.zeros(units, dtype=np.float32),
        hidden_out=normal(units, dim, scale=units**-0.5),
        hidden_out_bias=np.zeros(dim, dtype=np.float32),
        recency=half_life_decay(distance, HALF_LIFE).astype(np.float32),
    )


def _normalised(values: tf.Tensor, norm: tf.Tensor) -> tf.Tensor:
    mean = tf.reduce_mean(values, axis=-1, keepdims=True)
    variance = tf.reduce_mean(tf.square(values - mean), axis=-1, keepdims=True)
    return (values - mean) * tf.math.rsqrt(variance + EPSILON) * norm[0] + norm[1]
