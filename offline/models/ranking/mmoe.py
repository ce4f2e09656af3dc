"""Multi-gate mixture of experts."""

from __future__ import annotations

import keras
from keras import layers, ops

from offline.models.blocks.config import TrainConfig
from offline.models.blocks.dense import factored_dense, logit, sum_elements
from offline.models.blocks.inputs import InputBlock
from offline.models.blocks.interactions import user_item_product
from offline.models.ranking.embedding_mlp import mlp_inputs

EXPERTS = 4


def mmoe(block: InputBlock, config: TrainConfig) -> keras.KerasTensor:
    """Will they watch it, and will they like it then: two tasks mix the same experts by own gates.

    task_k = head_k(Σ_i softmax(G_k x)_i expert_i(x)) + <a_k, user_item_product>

    Ma et al., Modeling Task Relationships in Multi-task Learning with Multi-gate
    Mixture-of-Experts (2018). Columns of the result: watch, like.
    """
    inputs, (first, *rest) = mlp_inputs(block), config.hidden
    units = rest[-1] if rest else first  # of one expert
    experts = layers.Activation("relu")(factored_dense(inputs, EXPERTS * units))
    experts = layers.Dropout(config.dropout)(experts)
    experts = ops.reshape(experts, (-1, EXPERTS, units))  # (batch, experts, units)
    columns = []
    for _ in ("watch", "like"):
        gate = ops.softmax(factored_dense(inputs, EXPERTS), axis=1)  # (batch, experts)
        mixed = ops.matmul(gate[:, None, :], experts)[:, 0, :]  # (batch, units)
        head = layers.Dropout(config.dropout)(layers.Dense(units, activation="relu")(mixed))
        columns.append(logit(head, user_item_product(block)))
    columns[1] = columns[1] + sum_elements(user_item_product(block))
    return ops.concatenate(columns, axis=1)  # (batch, 2)
