"""Deep interest evolution network."""

from __future__ import annotations

import keras
from keras import layers, ops

from offline.models.blocks.attention import attention_scores, masked_softmax
from offline.models.blocks.config import TrainConfig
from offline.models.blocks.dense import logit, mlp, sum_elements
from offline.models.blocks.dien_layers import AttentionalGRU, NextMovieLoss
from offline.models.blocks.inputs import InputBlock
from offline.models.blocks.interactions import user_item_product
from offline.models.blocks.rating_history import HISTORY_MOVIES, event_embeddings, history_mask
from offline.models.ranking.embedding_mlp import mlp_inputs

NEWEST = 20  # events that the recurrences go through


def dien(block: InputBlock, config: TrainConfig) -> keras.KerasTensor:
    """Interests are extracted from the events in their order, and followed towards the candidate.

    h_t = GRU(event_t, h_{t-1});  a_t = softmax_t a(h_t, candidate);
    s_t = AUGRU(h_t, a_t, s_{t-1});  logit = MLP([user, movie, s_T, …]) + Σ user_item_product

    Zhou et al., Deep Interest Evolution Network for Click-Through Rate Prediction (2019),
    arXiv:1809.03672, with its auxiliary loss: h_t must tell the next movie of the history from one
    of another user's.
    """
    past, movies, known = (
        ops.flip(x[:, :NEWEST], axis=1)  # oldest first, padding before it
        for x in (event_embeddings(block), block.embed(HISTORY_MOVIES), history_mask(block))
    )
    candidate = block.embed("movie_id")
    states = layers.GRU(block.dim, return_sequences=True)(past, mask=known > 0)
    states = NextMovieLoss(config.seed)(states, movies, known)  # (1 or batch, length, dim)
    weights = masked_softmax(attention_scores(states, candidate), known)  # (batch, length)
    interest = AttentionalGRU(block.dim)(states, weights)  # (batch, dim)
    hidden = mlp([*mlp_inputs(block), interest, interest * candidate], config)
    return logit(hidden) + sum_elements(user_item_product(block))  # (batch, 1)
