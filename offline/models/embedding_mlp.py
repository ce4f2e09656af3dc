"""Embedding & MLP."""

from __future__ import annotations

import keras
from keras import layers

from offline.models.inputs import InputBlock
from offline.training.config import TrainConfig
from sparrow.features import Entity


def embedding_mlp(block: InputBlock, config: TrainConfig) -> keras.KerasTensor:
    """Embed every id, average the history, append the numbers, and let dense layers decide.

    x = [ids' vectors, mean of the history's vectors, numbers, genre match]
    logit = W_k ReLU(… ReLU(W_1 x + b_1) …) + b_k

    W_1 x is written as the sum of its terms for the viewer, the movie and both: for a list of
    candidates, the viewer's term is computed once.

    The base model of Zhou et al., Deep Interest Network for Click-Through Rate Prediction (2018),
    arXiv:1706.06978, section 4.2; before it Covington et al., Deep Neural Networks for YouTube
    Recommendations (2016).
    """
    viewer = block.side(Entity.USER, Entity.CONTEXT)  # (1 or batch, viewer width)
    movie = block.side(Entity.MOVIE)  # (batch, movie width)
    match = block.genre_match()  # (batch, 2)
    first, *rest = config.hidden
    x = layers.Dense(first)(viewer)  # (1 or batch, first)
    for term in (movie, match):
        x = x + layers.Dense(first, use_bias=False)(term)  # (batch, first)
    x = layers.Dropout(config.dropout)(layers.Activation("relu")(x))
    for units in rest:
        x = layers.Dropout(config.dropout)(layers.Dense(units, activation="relu")(x))
    return layers.Dense(1, name="logit")(x)  # (batch, 1)
