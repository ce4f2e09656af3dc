"""Two towers."""

from __future__ import annotations

import keras
from keras import layers

from offline.models.blocks.config import TrainConfig
from offline.models.blocks.dense import mlp, sum_elements
from offline.models.blocks.field_blocks import entity_vector
from offline.models.blocks.inputs import InputBlock
from offline.models.blocks.interactions import interaction_features, user_item_product
from sparrow.features.declarations import Entity


def two_towers(block: InputBlock, config: TrainConfig) -> keras.KerasTensor:
    """User and movie are encoded separately; the logit is their product.

    logit = cos(f(user), g(movie)) / temperature + b(user) + c(movie)
            + Σ user_item_product + w · interaction_features

    f, g are dense layers; user_item_product, predicted rating and genre match are products too, as
    skip connections around them. So the logit is one dot product, which vector search can serve.
    Yi et al., Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations
    (2019), with its normalised vectors and learned temperature. w is initialised to one: from
    random weights, the few steps of an epoch would not give the predicted rating its weight.
    """
    width = 1 + block.dim  # a bias and a vector
    user = layers.Dense(width)(mlp([entity_vector(block, Entity.USER, Entity.CONTEXT)], config))
    movie = layers.Dense(width)(mlp([entity_vector(block, Entity.MOVIE)], config))  # (batch, width)
    cosine = sum_elements(_unit(user[:, 1:]) * _unit(movie[:, 1:]))  # (batch, 1)
    scaled = layers.Dense(1, use_bias=False, kernel_initializer="ones", name="temperature")(cosine)
    skip = sum_elements(user_item_product(block)) + layers.Dense(1, kernel_initializer="ones")(
        interaction_features(block)
    )
    return scaled + user[:, :1] + movie[:, :1] + skip


def _unit(vectors: keras.KerasTensor) -> keras.KerasTensor:
    return keras.ops.normalize(vectors, axis=1, epsilon=1e-6)
