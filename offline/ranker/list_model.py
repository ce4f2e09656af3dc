"""A model that ranks lists: signals weighed by a context gate, plus a network of the zoo."""

from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np

from offline.models.blocks.config import TrainConfig
from offline.models.blocks.inputs import BlockConfig, InputBlock
from offline.models.blocks.layers import LearnedScale, SignalGate
from offline.models.registry import ModelBuilder
from offline.samples.sample_files import Samples
from sparrow.signals.context_features import CONTEXT, GATE_CONTEXT

EXPERTS = 4
GATE_COLUMNS = [CONTEXT.index(name) for name in GATE_CONTEXT]

ContextScale = tuple[np.ndarray, np.ndarray]
"""Mean and deviation of each column of the context."""


def list_model(
    build: ModelBuilder | None,
    samples: Samples,
    scale: ContextScale,
    config: TrainConfig,
    experts: int = EXPERTS,
) -> keras.Model:
    """Inputs by name → what each signal, and last the network, adds to the score: (rows, S + 1).

    The network starts at zero on top of the gate. Without `build` there is only the gate and the
    last column is zero; with one expert as well, it is the linear control.
    """
    keras.utils.set_random_seed(config.seed)
    config = replace(config, dropout=config.list_dropout)
    choices = BlockConfig(config.embedding_dim, config.id_dropout, config.seed)
    block = InputBlock(samples.features, samples.encoding, samples.factors, choices, scale)
    weighed = SignalGate(experts, GATE_COLUMNS, name="gate")(block.signals(), block.context())
    if build is None:
        deep = keras.ops.zeros_like(weighed[:, :1])
    else:
        logits = keras.ops.sum(build(block, config), axis=1, keepdims=True)
        deep = LearnedScale(name="deep_scale")(logits)
    components = keras.ops.concatenate([weighed, deep], axis=1)
    return _of_used_inputs(block.inputs, components)


def _of_used_inputs(
    inputs: dict[str, keras.KerasTensor], outputs: keras.KerasTensor
) -> keras.Model:
    """The model from those of the inputs that decide its outputs."""
    everything = keras.Model(inputs, outputs)
    used = {
        name
        for operation in everything.operations
        for node in operation._inbound_nodes
        for tensor in node.input_tensors
        for name, candidate in inputs.items()
        if tensor is candidate
    }
    return keras.Model({name: inputs[name] for name in inputs if name in used}, outputs)
