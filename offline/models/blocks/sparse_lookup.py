"""Rows of an embedding table, with a gradient that is cheap and right for Adam."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf


@tf.custom_gradient
def sparse_lookup(
    table: tf.Tensor, rows: tf.Tensor
) -> tuple[tf.Tensor, Callable[[tf.Tensor], tuple[tf.Tensor, None]]]:
    """`table` (n, dim) at `rows`, integers of any shape: (…, dim).

    The gradient of `tf.gather` lists the rows, which are then added up one by one; here it is the
    product with a sparse matrix, which is faster. It is also dense: of a row that is listed twice
    Keras squares each part by itself, so that Adam's steps would depend on how often a batch shows
    a movie.
    """

    def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, None]:
        column = tf.cast(tf.reshape(rows, [-1]), tf.int64)
        count = tf.size(column, tf.int64)
        chosen = tf.SparseTensor(
            tf.stack([tf.range(count), column], axis=1),
            tf.ones_like(column, table.dtype),
            [count, table.shape[0]],
        )  # (look-ups, n), a 1 in each line
        each = tf.reshape(upstream, [-1, table.shape[1]])
        return tf.sparse.sparse_dense_matmul(chosen, each, adjoint_a=True), None

    return tf.gather(table, rows), gradient
