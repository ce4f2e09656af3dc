"""How a candidate looks at the events of a history."""

from __future__ import annotations

import keras
from keras import layers, ops

UNITS = 16  # of the network that scores a pair of event and candidate


def attention_scores(events: keras.KerasTensor, candidate: keras.KerasTensor) -> keras.KerasTensor:
    """How much each event matters for the candidate, any real number: (batch, length).

    a(e, c) = w ReLU(W_e e + W_c c + W_x (e ⊙ c) + b). `events` is (1 or batch, length, dim),
    `candidate` (batch, dim); what depends on one of them alone is computed once.
    """
    of_candidate = layers.Dense(UNITS)(candidate)[:, None, :]  # (batch, 1, units)
    of_event = layers.Dense(UNITS, use_bias=False)(events)  # (1 or batch, length, units)
    of_both = layers.Dense(UNITS, use_bias=False)(events * candidate[:, None, :])
    hidden = ops.relu(of_both + of_event + of_candidate)  # (batch, length, units)
    return layers.Dense(1)(hidden)[:, :, 0]


def masked_softmax(scores: keras.KerasTensor, present: keras.KerasTensor) -> keras.KerasTensor:
    """Shares of the present positions along the last axis; all 0 where there is none."""
    exponent = ops.exp(scores - ops.stop_gradient(ops.max(scores, axis=-1, keepdims=True)))
    weights = exponent * present
    return weights / (ops.sum(weights, axis=-1, keepdims=True) + 1e-9)
