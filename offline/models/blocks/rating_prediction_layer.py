"""RatingPredictionLayer: the stars that matrix factorisation expects, computed from a history."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from offline.factorisation.biased_mf import user_fold
from offline.factorisation.matrix_factors import MatrixFactors
from sparrow.features.preprocessing import FIRST_KNOWN_ROW, Preprocessing

WIDTH = 4
TASTE_REACH, BIAS_REACH = 20.0, 5.0
"""Ratings of a history behind which one counts half, or less, for taste and for the bias."""


class RatingPredictionLayer(keras.layers.Layer):
    """Rating predicted by `offline.factorisation.matrix_factors`; nothing here is trained.

    A user's factors q solve (Σ v vᵀ + ridge·I) q = Σ v·(stars − mean − movie's bias − user's
    bias) over the movies v of their history, the j-th nearest with the weight 1 / (1 + j / reach):
    moods pass, and pages show like with like. In training, a row reads the table that was made
    without its user's fold.
    """

    def __init__(self, factors: MatrixFactors, encoding: Preprocessing, **kwargs: object) -> None:
        """The embedding rows of `encoding` are the rows that `call` is given."""
        super().__init__(trainable=False, **kwargs)
        movies, users = encoding.vocabularies["movies"], encoding.vocabularies["users"]
        self._rows = len(movies) + FIRST_KNOWN_ROW
        self._ridge, self._shrinkage = factors.ridge, factors.shrinkage
        self._means = factors.means
        place = FIRST_KNOWN_ROW + np.searchsorted(movies, factors.movie_ids)
        tables, _, dim = factors.vectors.shape
        self._vectors = np.zeros((tables, self._rows, dim), np.float32)
        self._biases = np.zeros((tables, self._rows), np.float32)
        self._vectors[:, place], self._biases[:, place] = factors.vectors, factors.biases
        self._folds = np.zeros(len(users) + FIRST_KNOWN_ROW, np.int32)
        self._folds[FIRST_KNOWN_ROW:] = user_fold(users, factors.folds)

    def build(self, *_: object) -> None:
        """Keep the tables as weights, so that they are saved with the model."""
        dim = self._vectors.shape[-1]
        self.vectors = self._constant("vectors", self._vectors.reshape(-1, dim))
        self.biases = self._constant("biases", self._biases.reshape(-1))
        self.folds = self._constant("folds", self._folds)
        self.means = self._constant("means", self._means)

    def _constant(self, name: str, value: np.ndarray) -> keras.Variable:
        return self.add_weight(
            shape=value.shape,
            initializer=lambda *_, **__: tf.constant(value),
            dtype=value.dtype.name,
            trainable=False,
            name=name,
        )

    def call(
        self,
        movie: tf.Tensor,
        history: tf.Tensor,
        stars: tf.Tensor,
        user: tf.Tensor,
        training: bool = False,
    ) -> tf.Tensor:
        """Rows (n,), (n or 1, length) and (n or 1,), raw stars → (n, WIDTH).

        The user's bias, the movie's bias, the match of their factors, and the sum of the three,
        in stars above the mean.
        """
        fold = tf.gather(self.folds, user) if training else tf.zeros_like(user)
        first = fold * self._rows  # (n or 1,)
        rated = (history >= FIRST_KNOWN_ROW) & ~tf.math.is_nan(stars)
        past = first[:, None] + tf.where(rated, history, 0)
        above = stars - tf.gather(self.means, fold)[:, None] - tf.gather(self.biases, past)
        above = tf.where(rated, above, 0.0)  # (n or 1, length)
        mask = tf.cast(rated, tf.float32)
        near = mask * _weights(history.shape[1], BIAS_REACH)
        count = tf.reduce_sum(near, axis=1, keepdims=True)
        user = tf.reduce_sum(above * near, axis=1, keepdims=True) / (count + self._shrinkage)
        taste = self._taste(tf.gather(self.vectors, past), (above - user) * mask)  # (n or 1, dim)
        candidate = first + movie  # (n,)
        bias = tf.gather(self.biases, candidate)[:, None]
        match = tf.reduce_sum(taste * tf.gather(self.vectors, candidate), axis=1, keepdims=True)
        user = user + tf.zeros_like(match)
        return tf.concat([user, bias, match, user + bias + match], axis=1)

    def _taste(self, vectors: tf.Tensor, above: tf.Tensor) -> tf.Tensor:
        """Ridge regression of what a user gave, above all biases, on the movies' factors."""
        # rows behind the history read row 0 of a table, which is zero and so counts for nothing
        weighted = vectors * _weights(vectors.shape[1], TASTE_REACH)[:, None]
        squares = tf.matmul(weighted, vectors, transpose_a=True)
        left = squares + self._ridge * tf.eye(vectors.shape[-1])
        right = tf.einsum("nl,nld->nd", above, weighted)[:, :, None]
        return tf.linalg.cholesky_solve(tf.linalg.cholesky(left), right)[:, :, 0]

    def compute_output_spec(self, movie: keras.KerasTensor, *_: object, **__: object) -> object:
        """(n, WIDTH)."""
        return keras.KerasTensor((movie.shape[0], WIDTH), dtype="float32")


def _weights(length: int, reach: float) -> np.ndarray:
    """What each of the `length` nearest ratings counts, (length,)."""
    weights: np.ndarray = (1.0 / (1.0 + np.arange(length) / reach)).astype(np.float32)
    return weights
