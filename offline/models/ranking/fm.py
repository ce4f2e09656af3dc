"""Factorisation machine."""

from __future__ import annotations

import keras
from keras import layers, ops

from offline.models.blocks.config import TrainConfig
from offline.models.blocks.dense import logit, sum_elements
from offline.models.blocks.field_blocks import field_vectors, linear
from offline.models.blocks.inputs import InputBlock
from offline.models.blocks.interactions import genre_match
from sparrow.features.declarations import Entity


def fm(block: InputBlock, _: TrainConfig) -> keras.KerasTensor:
    """Logistic regression plus the dot product of every two fields' vectors.

    logit = b + Σ_i w_i x_i + Σ_{i<j} <v_i, v_j>

    Rendle, Factorization Machines (2010). The history is a field like any other, so the products
    of the candidate with it and with the user are matrix factorisation. The numbers of an entity
    are one field.
    """
    user = linear(block, 1, Entity.USER, Entity.CONTEXT)  # (1 or batch, 1)
    first_order = user + linear(block, 1, Entity.MOVIE) + logit(genre_match(block))
    return first_order + pairs(block)  # (batch, 1)


def pairs(block: InputBlock) -> keras.KerasTensor:
    """Σ_{i<j} <v_i, v_j> = ½ (|Σ v_i|² - Σ |v_i|²), sums of each side made once: (batch, 1)."""
    user, user_squares = _sums(block, Entity.USER, Entity.CONTEXT)
    movie, movie_squares = _sums(block, Entity.MOVIE)
    return 0.5 * (sum_elements(ops.square(user + movie)) - user_squares - movie_squares)


def _sums(block: InputBlock, *entities: Entity) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    vectors = field_vectors(block, *entities)
    vectors.append(layers.Dense(block.dim, use_bias=False)(block.numbers(*entities)))
    squares = [sum_elements(ops.square(v)) for v in vectors]
    return sum(vectors[1:], vectors[0]), sum(squares[1:], squares[0])
