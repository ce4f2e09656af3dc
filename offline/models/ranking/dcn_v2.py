"""Deep & Cross network, version 2."""

from __future__ import annotations

import keras
from keras import layers

from offline.models.blocks.config import TrainConfig
from offline.models.blocks.dense import concat_broadcast, logit, mlp, sum_elements
from offline.models.blocks.inputs import InputBlock
from offline.models.blocks.interactions import user_item_product
from offline.models.ranking.embedding_mlp import mlp_inputs

CROSS_LAYERS, RANK = 2, 32


def dcn_v2(block: InputBlock, config: TrainConfig) -> keras.KerasTensor:
    """Explicit products of all inputs, one degree more with each cross layer, beside dense layers.

    x_{l+1} = x_0 ⊙ (U V x_l + b) + x_l;  logit = w [x_L, MLP(x_0)] + b + Σ user_item_product

    Wang et al., DCN V2: Improved Deep & Cross Network and Practical Lessons for Web-scale Learning
    to Rank Systems (2020), arXiv:2008.13535, with its low-rank matrices and in its parallel form.
    """
    first, *others = mlp_inputs(block)
    start = x = concat_broadcast(first, *others)  # (batch, width)
    for _ in range(CROSS_LAYERS):
        low = layers.Dense(RANK, use_bias=False)(x)  # (batch, rank)
        x = start * layers.Dense(start.shape[1])(low) + x
    deep = mlp([first, *others], config)  # (batch, last hidden)
    return logit(x, deep) + sum_elements(user_item_product(block))  # (batch, 1)
