"""Behaviour sequence transformer."""

from __future__ import annotations

import math

import keras
from keras import layers, ops

from offline.models.blocks.attention import masked_softmax
from offline.models.blocks.config import TrainConfig
from offline.models.blocks.dense import logit, mlp, sum_elements
from offline.models.blocks.inputs import InputBlock
from offline.models.blocks.interactions import user_item_product
from offline.models.blocks.layers import Positions
from offline.models.blocks.rating_history import event_embeddings, history_mask
from offline.models.ranking.embedding_mlp import mlp_inputs


def transformer(block: InputBlock, config: TrainConfig) -> keras.KerasTensor:
    """The history reads itself, then the candidate, its last element, reads the history.

    logit = MLP([user, movie, z, z ⊙ candidate, …]) + Σ user_item_product,
    z = the candidate's output of a transformer block over [events, candidate] with positions

    Chen et al., Behavior Sequence Transformer for E-commerce Recommendation in Alibaba (2019),
    arXiv:1905.06874. Events do not look at the candidate: for a list of candidates, all that
    concerns the history alone is computed once.
    """
    known, candidate = history_mask(block)[:, None, :], block.embed("movie_id")
    past = Positions(name="positions")(event_embeddings(block))  # (1 or batch, length, dim)
    past = _layer(past, past, known)
    found = _layer(candidate[:, None, :], past, known)[:, 0, :]  # (batch, dim)
    hidden = mlp([*mlp_inputs(block), found, found * candidate], config)
    return logit(hidden) + sum_elements(user_item_product(block))  # (batch, 1)


def _layer(
    queries: keras.KerasTensor, events: keras.KerasTensor, present: keras.KerasTensor
) -> keras.KerasTensor:
    """One block: attention and a dense layer, each with residual and norm: as `queries`."""
    dim = events.shape[-1]
    query, key, value = (layers.Dense(dim, use_bias=False)(x) for x in (queries, events, events))
    scores = ops.matmul(query, ops.swapaxes(key, 1, 2)) / math.sqrt(dim)  # (batch, queries, length)
    read = ops.matmul(masked_softmax(scores, present), value)  # (batch, queries, dim)
    x = layers.LayerNormalization()(queries + layers.Dense(dim)(read))
    wide = layers.Dense(2 * dim, activation="relu")(x)
    return layers.LayerNormalization()(x + layers.Dense(dim)(wide))
