"""Embedding & MLP."""

from __future__ import annotations

import keras

from offline.models.blocks.config import TrainConfig
from offline.models.blocks.dense import logit, mlp, sum_elements
from offline.models.blocks.field_blocks import entity_vector
from offline.models.blocks.inputs import InputBlock
from offline.models.blocks.interactions import interaction_features, user_item_product
from sparrow.features.declarations import Entity


def embedding_mlp(block: InputBlock, config: TrainConfig) -> keras.KerasTensor:
    """Embed every id, pool the history, append the numbers, and let dense layers decide.

    x = [ids' vectors, taste, numbers, genre match, user_item_product]
    logit = W_k ReLU(… ReLU(W_1 x + b_1) …) + b_k + Σ user_item_product

    W_1 x is written as the sum of its terms for the user, the movie and both: for a list of
    candidates, the user's term is computed once.

    The base model of Zhou et al., Deep Interest Network for Click-Through Rate Prediction (2018),
    arXiv:1706.06978, section 4.2; before it Covington et al., Deep Neural Networks for YouTube
    Recommendations (2016).
    """
    skip = sum_elements(user_item_product(block))  # (batch, 1)
    return logit(mlp(mlp_inputs(block), config)) + skip


def mlp_inputs(block: InputBlock) -> list[keras.KerasTensor]:
    """The user's side (1 or batch, width), the movie's, and where they meet (batch, width)."""
    return [
        entity_vector(block, Entity.USER, Entity.CONTEXT),
        entity_vector(block, Entity.MOVIE),
        interaction_features(block),
        user_item_product(block),
    ]
