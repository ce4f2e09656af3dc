"""Two towers."""

from __future__ import annotations

import keras
from keras import layers

from offline.models.dense import logit, mlp, total
from offline.models.inputs import InputBlock
from offline.training.config import TrainConfig
from sparrow.features import Entity


def two_towers(block: InputBlock, config: TrainConfig) -> keras.KerasTensor:
    """Viewer and movie become vectors without seeing each other; their product decides.

    logit = <f(viewer), g(movie)> + b(viewer) + c(movie) + Σ affinity + w · star estimate

    f, g are dense layers; affinity and estimate, products as well, are skip connections around
    them. So all of it is one dot product, and movies can be searched by vectors alone. Yi et al.,
    Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations (2019).
    """
    width = 1 + block.dim  # a bias and a vector
    viewer = layers.Dense(width)(mlp([block.side(Entity.USER, Entity.CONTEXT)], config))
    movie = layers.Dense(width)(mlp([block.side(Entity.MOVIE)], config))  # (batch, width)
    product = total(viewer[:, 1:] * movie[:, 1:])  # (batch, 1)
    skip = total(block.affinity()) + logit(block.star_estimate())
    return product + viewer[:, :1] + movie[:, :1] + skip
