"""Keras layers that turn raw feature values into what a network computes with."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from offline.models.blocks.sparse_lookup import sparse_lookup
from sparrow.arrays import Int
from sparrow.features.declarations import PADDING
from sparrow.features.preprocessing import FIRST_KNOWN_ROW, UNKNOWN_ROW, NormStats

PADDING_INDEX = 0


class IdIndex(keras.layers.Layer):
    """Row of each id in its embedding table: 0 padding, 1 unknown, 2 and up the vocabulary.

    A binary search over the sorted vocabulary, which unlike a hash table is plain tensor code:
    nothing to initialise when a SavedModel is loaded.
    """

    def __init__(self, vocabulary: Int, **kwargs: object) -> None:
        super().__init__(trainable=False, dtype="int64", **kwargs)
        # The sentinel keeps every search position inside, also that of an empty vocabulary.
        self._vocabulary = np.append(vocabulary, np.iinfo(np.int64).max)

    def build(self, _: Sequence[int | None]) -> None:
        """Keep the vocabulary as a weight, so that it is saved with the model."""
        self.ids = self.add_weight(
            shape=self._vocabulary.shape,
            initializer=lambda *_, **__: tf.constant(self._vocabulary),
            dtype="int64",
            trainable=False,
            name="ids",
        )

    def call(self, values: tf.Tensor) -> tf.Tensor:
        """Ids int64 of any shape → rows int32 of that shape."""
        ids = tf.convert_to_tensor(self.ids)
        flat = tf.reshape(values, [-1])
        position = tf.searchsorted(ids, flat)
        known = tf.gather(ids, position) == flat
        row = tf.where(known, position + FIRST_KNOWN_ROW, UNKNOWN_ROW)
        row = tf.where(flat == PADDING, PADDING_INDEX, row)
        return tf.reshape(row, tf.shape(values))

    def compute_output_spec(self, values: keras.KerasTensor) -> keras.KerasTensor:
        """Same shape, int32."""
        return keras.KerasTensor(values.shape, dtype="int32")


class EmbeddingTable(keras.layers.Embedding):
    """An embedding table that learns by `sparse_lookup`."""

    def call(self, rows: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Rows of any shape → vectors, (…, dim)."""
        table = tf.convert_to_tensor(self.embeddings)
        return sparse_lookup(table, rows) if training else tf.gather(table, rows)

    def compute_output_spec(self, rows: keras.KerasTensor, **_: object) -> keras.KerasTensor:
        """A vector for each row."""
        return keras.KerasTensor((*rows.shape, self.output_dim), dtype=self.compute_dtype)


class IdDropout(keras.layers.Layer):
    """In training, shows a share of the known ids as unknown.

    It trains the row of the unknown id, and keeps the model from leaning on ids that most requests
    will not have: under a split by time, most users of the test part are new.
    """

    def __init__(self, rate: float, seed: int, **kwargs: object) -> None:
        super().__init__(dtype="int32", **kwargs)
        self._rate = rate
        self._random = keras.random.SeedGenerator(seed)

    def call(self, row: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Rows of any shape → the same, some of them `UNKNOWN_ROW`."""
        if not training or self._rate == 0:
            return row
        chance = keras.random.uniform(tf.shape(row), seed=self._random)
        return tf.where((chance < self._rate) & (row >= FIRST_KNOWN_ROW), UNKNOWN_ROW, row)


class Normalise(keras.layers.Layer):
    """Numbers in columns, each brought to zero mean and unit deviation; 0 where unknown (NaN)."""

    def __init__(
        self, norm_stats: Sequence[NormStats], logarithmic: Sequence[bool], **kw: object
    ) -> None:
        super().__init__(trainable=False, **kw)
        self._mean = np.array([n.mean for n in norm_stats], np.float32)
        # A column that is constant in training is only centred.
        self._deviation = np.array([n.deviation or 1.0 for n in norm_stats], np.float32)
        self._logarithmic = np.array(logarithmic)

    def call(self, raw: tf.Tensor) -> tf.Tensor:  # (batch, columns)
        """Raw values → normalised values, cut to ±`LIMIT` deviations."""
        x = tf.where(self._logarithmic, tf.math.log1p(tf.maximum(raw, 0.0)), raw)
        x = tf.clip_by_value((x - self._mean) / self._deviation, -LIMIT, LIMIT)
        return tf.where(tf.math.is_nan(x), 0.0, x)


LIMIT = 5.0
"""Deviations beyond which a number is taken for this far out: no outlier drowns the rest."""


class Standardise(keras.layers.Layer):
    """Columns with these means and deviations brought to mean 0, deviation 1, cut to ±`LIMIT`."""

    def __init__(self, mean: np.ndarray, deviation: np.ndarray, **kw: object) -> None:
        super().__init__(trainable=False, **kw)
        self._mean, self._deviation = mean.astype(np.float32), deviation.astype(np.float32)

    def call(self, raw: tf.Tensor) -> tf.Tensor:  # (batch, columns)
        """Raw values → standardised values."""
        return tf.clip_by_value((raw - self._mean) / self._deviation, -LIMIT, LIMIT)


class SignalGate(keras.layers.Layer):
    """What each signal adds to a candidate's score: weights that depend on the query's context.

    The weights are a mixture of `experts` vectors, mixed by a softmax over a linear function of
    the context (Jacobs et al., Adaptive Mixtures of Local Experts, 1991): with few lists of one
    situation, a vector of its own is learnt where a free function of the context would overfit.
    With one expert the context is not looked at: the linear control.
    """

    def __init__(self, experts: int, columns: Sequence[int], **kw: object) -> None:
        """`columns`: those of the context that decide."""
        super().__init__(**kw)
        self._experts, self._columns = experts, list(columns)

    def build(
        self,
        signals_shape: Sequence[int | None],
        context_shape: Sequence[int | None],  # noqa: ARG002 (Keras reads the names)
    ) -> None:
        """Weights start at zero: nothing counts before it is learnt."""
        shape = (self._experts, signals_shape[-1])
        self.weight_vectors = self.add_weight(shape=shape, initializer="zeros", name="weights")
        kernel = (len(self._columns), self._experts)
        self.kernel = self.add_weight(shape=kernel, initializer="glorot_uniform", name="kernel")

    def call(self, signals: tf.Tensor, context: tf.Tensor) -> tf.Tensor:
        """(batch, 2 S) and (1 or batch, columns) → what each of S signals adds (batch, S)."""
        chosen = tf.gather(context, self._columns, axis=1)
        mixture = tf.nn.softmax(tf.matmul(chosen, self.kernel), axis=1)
        weighted = signals * tf.matmul(mixture, self.weight_vectors)
        value, rank = tf.split(weighted, 2, axis=1)
        return value + rank

    def compute_output_spec(
        self,
        signals: keras.KerasTensor,
        context: keras.KerasTensor,  # noqa: ARG002 (Keras reads the names)
    ) -> keras.KerasTensor:
        """Half the columns of the signals."""
        return keras.KerasTensor((signals.shape[0], signals.shape[1] // 2), dtype="float32")


class LearnedScale(keras.layers.Layer):
    """Times a learned number that starts at zero: a net that begins as if it were not there."""

    def build(self, _: Sequence[int | None]) -> None:
        """Makes the number."""
        self.scale = self.add_weight(shape=(), initializer="zeros", name="scale")

    def call(self, values: tf.Tensor) -> tf.Tensor:
        """Any shape → the same."""
        return values * self.scale


class Broadcast(keras.layers.Layer):
    """Repeats the one row of a user for each of the candidates; does nothing in training."""

    def call(self, values: tf.Tensor, candidates: tf.Tensor) -> tf.Tensor:
        """(1 or n, …) and (n, …) → (n, …)."""
        rows = tf.shape(candidates)[:1]
        return tf.broadcast_to(values, tf.concat([rows, tf.shape(values)[1:]], axis=0))

    def compute_output_spec(
        self, values: keras.KerasTensor, _: keras.KerasTensor
    ) -> keras.KerasTensor:
        """Same shape."""
        return keras.KerasTensor(values.shape, dtype=values.dtype)


class PairBucket(keras.layers.Layer):
    """The bucket of a hashed cross of two ids' rows."""

    def __init__(self, buckets: int, **kwargs: object) -> None:
        super().__init__(trainable=False, dtype="int64", **kwargs)
        self._buckets = buckets

    def call(self, first: tf.Tensor, second: tf.Tensor) -> tf.Tensor:
        """Rows of shapes that broadcast → buckets int64 of the common shape.

        Multiplication by large odd numbers mixes the bits (Knuth, volume 3, section 6.4).
        """
        mixed = tf.cast(first, "int64") * 2_654_435_761 + tf.cast(second, "int64") * 40_503
        mixed = tf.bitwise.bitwise_xor(mixed, tf.bitwise.right_shift(mixed, 15)) * 2_246_822_519
        return tf.math.floormod(tf.bitwise.right_shift(mixed, 13), self._buckets)

    def compute_output_spec(
        self, first: keras.KerasTensor, _: keras.KerasTensor
    ) -> keras.KerasTensor:
        """The first one's shape, int64."""
        return keras.KerasTensor(first.shape, dtype="int64")


class Positions(keras.layers.Layer):
    """Adds a learned vector for each position of a sequence."""

    def build(self, shape: Sequence[int | None]) -> None:
        """Makes the vectors."""
        self.vectors = self.add_weight(shape=shape[1:], initializer="uniform", name="vectors")

    def call(self, sequence: tf.Tensor) -> tf.Tensor:
        """(batch, length, dim) → the same shape."""
        return sequence + self.vectors
