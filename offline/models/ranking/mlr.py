"""Mixed logistic regression."""

from __future__ import annotations

import keras
from keras import layers, ops

from offline.models.blocks.config import TrainConfig
from offline.models.blocks.field_blocks import linear
from offline.models.blocks.inputs import InputBlock
from offline.models.blocks.interactions import genre_match
from sparrow.features.declarations import Entity

REGIONS = 8


def mlr(block: InputBlock, _: TrainConfig) -> keras.KerasTensor:
    """Several logistic regressions, each for a region of the space that is learned with them.

    p = Σ_k softmax(u x)_k σ(w_k x);  logit = log p - log (1 - p)

    The piece-wise linear model LS-PLM of Gai et al., Learning Piece-wise Linear Models from Large
    Scale Data for Ad Click Prediction (2017), arXiv:1704.05194. Logarithms are summed throughout,
    so no probability is rounded to 0 or 1.
    """
    user = linear(block, 2 * REGIONS, Entity.USER, Entity.CONTEXT)  # (1 or batch, 2 regions)
    movie = linear(block, 2 * REGIONS, Entity.MOVIE)
    x = user + movie + layers.Dense(2 * REGIONS)(genre_match(block))  # (batch, 2 regions)
    region = ops.log_softmax(x[:, :REGIONS], axis=1)
    like = ops.logsumexp(region + ops.log_sigmoid(x[:, REGIONS:]), axis=1, keepdims=True)
    dislike = ops.logsumexp(region + ops.log_sigmoid(-x[:, REGIONS:]), axis=1, keepdims=True)
    return like - dislike  # (batch, 1)
