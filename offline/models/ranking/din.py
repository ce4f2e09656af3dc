"""Deep interest network."""

from __future__ import annotations

import keras

from offline.models.blocks.attention import attention_scores
from offline.models.blocks.config import TrainConfig
from offline.models.blocks.dense import logit, mlp, total
from offline.models.blocks.inputs import InputBlock
from offline.models.blocks.interactions import affinity
from offline.models.blocks.rating_history import by_root_of_length, events, present
from offline.models.ranking.embedding_mlp import terms


def din(block: InputBlock, config: TrainConfig) -> keras.KerasTensor:
    """The candidate decides which movies of the history count.

    interest = Σ_j a(event_j, candidate) event_j / √n
    logit = MLP([viewer, movie, interest, interest ⊙ candidate, …]) + Σ affinity

    Zhou et al., Deep Interest Network for Click-Through Rate Prediction (2018), arXiv:1706.06978:
    a is a small network and is not normalised by a softmax, so that many similar movies weigh more
    than one; the root keeps long histories from drowning the rest.
    """
    past, candidate = events(block), block.embedded("movie_id")
    scores = attention_scores(past, candidate) * present(block)  # (batch, length)
    interest = keras.ops.matmul(scores[:, None, :], past)[:, 0, :]  # (batch, dim)
    interest = by_root_of_length(block, interest)
    hidden = mlp([*terms(block), interest, interest * candidate], config)
    return logit(hidden) + total(affinity(block))  # (batch, 1)
