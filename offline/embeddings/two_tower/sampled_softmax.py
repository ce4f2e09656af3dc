"""The softmax over the catalogue that training maximises, sampled where the catalogue is large."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from sparrow.arrays import Int


@dataclass(frozen=True)
class SampledCandidates:
    """Negatives sampled for a batch's softmax."""

    item_index: Int  # (c,) ascending
    log_chance: np.ndarray  # (c,) float32 of being among them


class CandidateSampler:
    """Draws candidates: of `count` watched movies (movies,), `size` or all if they are no more.

    A movie is drawn with a chance that grows with the square root of how often it was watched, up
    to 1; its exponential counts as many times more as it is drawn less often (log-Q; Bengio &
    Senécal, Adaptive Importance Sampling to Accelerate Training of a Neural Probabilistic Language
    Model, 2008). So the sum's expectation is that of the whole catalogue.
    """

    def __init__(self, count: np.ndarray, size: int) -> None:
        self._watched = np.flatnonzero(count)
        self._size = min(size, len(self._watched))
        self._chance = inclusion_chances(np.sqrt(count[self._watched]), self._size)

    def __call__(self, random: np.random.Generator) -> SampledCandidates:
        """Always of one size; no movie is drawn twice (systematic sampling)."""
        bounds = np.cumsum(self._chance)
        marks = random.random() + np.arange(self._size)
        rows = np.minimum(np.searchsorted(bounds, marks, side="right"), len(bounds) - 1)
        chance = self._chance[rows]
        return SampledCandidates(self._watched[rows], np.log(chance).astype(np.float32))


def inclusion_chances(weight: np.ndarray, size: int) -> np.ndarray:
    """Chances up to 1, else proportional to `weight`, that sum up to `size`; (n,) float64."""
    chance = np.ones(len(weight))
    free = np.ones(len(weight), dtype=bool)
    while free.any():
        left = size - (~free).sum()
        chance[free] = weight[free] * left / weight[free].sum()
        above = free & (chance > 1.0)
        if not above.any():
            break
        chance[above] = 1.0
        free &= ~above
    return chance


def cross_entropy(
    user: tf.Tensor, own: tf.Tensor, candidate: tf.Tensor, excluded: tf.Tensor
) -> tf.Tensor:
    """Mean of -log softmax of the own movie among itself and the candidates; a scalar.

    `user` (t, dim + 1), `own` (t, dim + 1) the targets' rows, `candidate` (c, dim + 1) with the
    log-chances in the biases, `excluded` (t, c) bool: the own movie and what was watched before.
    """
    logits = tf.matmul(user, candidate, transpose_b=True)  # (t, c)
    return tf.reduce_mean(_negative_log_share(logits, tf.reduce_sum(user * own, 1), excluded))


@tf.custom_gradient
def _negative_log_share(
    logits: tf.Tensor, own: tf.Tensor, excluded: tf.Tensor
) -> tuple[tf.Tensor, Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor, None]]]:
    """log(exp(own) + the sum over candidates) - own, (t,).

    Most of training's time is spent on these logits: the exponentials are computed once.
    """
    top = tf.maximum(tf.reduce_max(logits, axis=1), own)
    others = tf.where(excluded, 0.0, tf.exp(logits - top[:, None]))
    mine = tf.exp(own - top)
    total = tf.reduce_sum(others, axis=1) + mine

    def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, None]:
        return others * (upstream / total)[:, None], (mine / total - 1.0) * upstream, None

    return tf.math.log(total) + top - own, gradient
