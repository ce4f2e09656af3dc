"""Dense layers over terms of different sides, computed as late and as seldom as possible."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers

from offline.models.blocks.config import TrainConfig
from offline.models.blocks.layers import Broadcast


def factored_dense(terms: Sequence[keras.KerasTensor], units: int) -> keras.KerasTensor:
    """W [term, …] + b as the sum of the terms' parts, (batch, units).

    A term with one row, the user's, is multiplied once for all candidates.
    """
    first, *rest = terms
    total = layers.Dense(units)(first)
    for term in rest:
        total = total + layers.Dense(units, use_bias=False)(term)
    return total


def mlp(terms: Sequence[keras.KerasTensor], config: TrainConfig) -> keras.KerasTensor:
    """The hidden layers of the configuration over the terms: (batch, last of `config.hidden`)."""
    first, *rest = config.hidden
    x = layers.Activation("relu")(factored_dense(terms, first))  # (batch, first)
    x = layers.Dropout(config.dropout)(x)
    for units in rest:
        x = layers.Dropout(config.dropout)(layers.Dense(units, activation="relu")(x))
    return x


def concat_broadcast(user: keras.KerasTensor, *candidates: keras.KerasTensor) -> keras.KerasTensor:
    """One row per candidate with the user's columns before the candidates': (batch, width)."""
    repeated = Broadcast()(user, candidates[0])
    return keras.ops.concatenate([repeated, *candidates], axis=1)


def logit(*terms: keras.KerasTensor) -> keras.KerasTensor:
    """One learned linear read-out of all terms, (batch, 1)."""
    return factored_dense(terms, 1)


def sum_elements(vectors: keras.KerasTensor) -> keras.KerasTensor:
    """Sum of the elements, (batch, 1)."""
    return keras.ops.sum(vectors, axis=1, keepdims=True)
