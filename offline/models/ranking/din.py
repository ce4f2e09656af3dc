"""Deep interest network."""

from __future__ import annotations

import keras

from offline.models.blocks.attention import attention_scores
from offline.models.blocks.config import TrainConfig
from offline.models.blocks.dense import logit, mlp, sum_elements
from offline.models.blocks.inputs import InputBlock
from offline.models.blocks.interactions import user_item_product
from offline.models.blocks.rating_history import event_embeddings, history_mask, sqrt_length_norm
from offline.models.ranking.embedding_mlp import mlp_inputs


def din(block: InputBlock, config: TrainConfig) -> keras.KerasTensor:
    """The candidate decides which movies of the history count.

    interest = Σ_j a(event_j, candidate) event_j / √n
    logit = MLP([user, movie, interest, interest ⊙ candidate, …]) + Σ user_item_product

    Zhou et al., Deep Interest Network for Click-Through Rate Prediction (2018), arXiv:1706.06978:
    a is a small network and is not normalised by a softmax, so that many similar movies weigh more
    than one; the root keeps long histories from drowning the rest.
    """
    past, candidate = event_embeddings(block), block.embed("movie_id")
    scores = attention_scores(past, candidate) * history_mask(block)  # (batch, length)
    interest = keras.ops.matmul(scores[:, None, :], past)[:, 0, :]  # (batch, dim)
    interest = sqrt_length_norm(block, interest)
    hidden = mlp([*mlp_inputs(block), interest, interest * candidate], config)
    return logit(hidden) + sum_elements(user_item_product(block))  # (batch, 1)
