"""DeepFM."""

from __future__ import annotations

import keras

from offline.models.blocks.config import TrainConfig
from offline.models.blocks.dense import logit, mlp
from offline.models.blocks.inputs import InputBlock
from offline.models.ranking.embedding_mlp import mlp_inputs
from offline.models.ranking.fm import fm


def deepfm(block: InputBlock, config: TrainConfig) -> keras.KerasTensor:
    """A factorisation machine and dense layers over the same embeddings, added.

    logit = FM(x) + MLP(x)

    Guo et al., DeepFM: A Factorization-Machine based Neural Network for CTR Prediction (2017),
    arXiv:1703.04247.
    """
    return fm(block, config) + logit(mlp(mlp_inputs(block), config))  # (batch, 1)
