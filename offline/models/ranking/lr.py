"""Logistic regression."""

from __future__ import annotations

import keras

from offline.models.blocks.config import TrainConfig
from offline.models.blocks.dense import logit
from offline.models.blocks.field_blocks import linear
from offline.models.blocks.inputs import InputBlock
from offline.models.blocks.interactions import genre_match
from sparrow.features.declarations import Entity


def lr(block: InputBlock, _: TrainConfig) -> keras.KerasTensor:
    """A weight for every number, every id, every movie of the history and both genre matches.

    logit = b + Σ_i w_i x_i

    The wide end of the zoo, which every deeper model has to beat; as a click model see Richardson
    et al., Predicting Clicks: Estimating the Click-Through Rate for New Ads (2007).
    """
    user = linear(block, 1, Entity.USER, Entity.CONTEXT)  # (1 or batch, 1)
    return user + linear(block, 1, Entity.MOVIE) + logit(genre_match(block))  # (batch, 1)
