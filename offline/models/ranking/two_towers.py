"""Two towers."""

from __future__ import annotations

import keras
from keras import layers

from offline.models.blocks.config import TrainConfig
from offline.models.blocks.dense import mlp, total
from offline.models.blocks.field_blocks import side
from offline.models.blocks.inputs import InputBlock
from offline.models.blocks.interactions import affinity, crosses
from sparrow.features.declarations import Entity


def two_towers(block: InputBlock, config: TrainConfig) -> keras.KerasTensor:
    """Viewer and movie become vectors without seeing each other; their product decides.

    logit = cos(f(viewer), g(movie)) / temperature + b(viewer) + c(movie) + Σ affinity + w · crosses

    f, g are dense layers; affinity, star estimate and genre match, products as well, are skip
    connections around them. So all of it is one dot product, and movies can be searched by vectors
    alone. Yi et al., Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations
    (2019), with its normalised vectors and learned temperature. w begins at one: from weights at
    random, the few steps of an epoch would not even bring the estimate to count.
    """
    width = 1 + block.dim  # a bias and a vector
    viewer = layers.Dense(width)(mlp([side(block, Entity.USER, Entity.CONTEXT)], config))
    movie = layers.Dense(width)(mlp([side(block, Entity.MOVIE)], config))  # (batch, width)
    cosine = total(_unit(viewer[:, 1:]) * _unit(movie[:, 1:]))  # (batch, 1)
    scaled = layers.Dense(1, use_bias=False, kernel_initializer="ones", name="temperature")(cosine)
    skip = total(affinity(block)) + layers.Dense(1, kernel_initializer="ones")(crosses(block))
    return scaled + viewer[:, :1] + movie[:, :1] + skip


def _unit(vectors: keras.KerasTensor) -> keras.KerasTensor:
    return keras.ops.normalize(vectors, axis=1, epsilon=1e-6)
