"""Neural collaborative filtering."""

from __future__ import annotations

import keras
from keras import layers

from offline.models.blocks.config import TrainConfig
from offline.models.blocks.dense import logit, mlp
from offline.models.blocks.field_blocks import entity_vector
from offline.models.blocks.inputs import InputBlock
from offline.models.blocks.interactions import rating_prediction, user_item_product
from sparrow.features.declarations import Entity


def neural_cf(block: InputBlock, config: TrainConfig) -> keras.KerasTensor:
    """Generalised matrix factorisation beside dense layers, read out together.

    logit = w [p ⊙ q, user_item_product, star estimate, MLP(user, movie)] + b

    He et al., Neural Collaborative Filtering (2017), arXiv:1708.05031. The paper knows a user by
    id alone, which is useless for a new one: here p and q are linear in all that is known of the
    user and of the movie.
    """
    user = entity_vector(block, Entity.USER, Entity.CONTEXT)  # (1 or batch, user width)
    movie = entity_vector(block, Entity.MOVIE)  # (batch, movie width)
    factors = layers.Dense(block.dim)(user) * layers.Dense(block.dim)(movie)  # (batch, dim)
    hidden = mlp([user, movie], config)  # (batch, last hidden)
    return logit(factors, user_item_product(block), rating_prediction(block), hidden)  # (batch, 1)
