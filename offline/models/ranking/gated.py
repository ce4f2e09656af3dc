"""Gated ranker: signals and context alone."""

from __future__ import annotations

import keras

from offline.models.blocks.config import TrainConfig
from offline.models.blocks.dense import logit, mlp
from offline.models.blocks.inputs import InputBlock
from offline.models.blocks.interactions import interaction_features
from sparrow.features.declarations import Entity


def gated(block: InputBlock, config: TrainConfig) -> keras.KerasTensor:
    """Dense layers over numbers, without a vector for any id.

    logit = MLP([context, signals])

    As a ranker it sees what the signals and the query's context say, and corrects the sum of the
    signals that the gate weighs; as a predictor of likes, the numbers of user, movie and both.
    """
    if block.ranks_lists:
        return logit(mlp([block.context(), block.signals()], config))  # (batch, 1)
    user, movie = block.numbers(Entity.USER, Entity.CONTEXT), block.numbers(Entity.MOVIE)
    return logit(mlp([user, movie, interaction_features(block)], config))  # (batch, 1)
