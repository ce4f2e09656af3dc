"""Every ranking model by name, with the hyper-parameters that were chosen on validation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import keras

from offline.models.embedding_mlp import embedding_mlp
from offline.models.inputs import BlockConfig, InputBlock
from offline.training.config import TrainConfig
from sparrow.encoding import Encoding
from sparrow.errors import ConfigurationError
from sparrow.features import FeatureSet


@dataclass(frozen=True)
class ModelSpec:
    """A model: how its logits (batch, 1) come from the input block, and how it is trained."""

    build: Callable[[InputBlock, TrainConfig], keras.KerasTensor]
    config: TrainConfig

    def model(self, features: FeatureSet, encoding: Encoding, config: TrainConfig) -> keras.Model:
        """A fresh Keras model from features by name to logits; the same one for the same seed."""
        keras.utils.set_random_seed(config.seed)
        choices = BlockConfig(config.embedding_dim, config.id_dropout, config.seed)
        block = InputBlock(features, encoding, choices)
        return keras.Model(block.inputs, self.build(block, config))


MODELS = {
    "embedding_mlp": ModelSpec(
        embedding_mlp,
        TrainConfig(
            epochs=8,
            batch_size=512,
            hidden=(256, 128),
            dropout=0.4,
            id_dropout=0.3,
            weight_decay=1.0,
        ),
    ),
}


def model_spec(name: str) -> ModelSpec:
    """The model of this name.

    Raises ConfigurationError when there is none.
    """
    if name not in MODELS:
        raise ConfigurationError(f"Expected one of {', '.join(MODELS)} as model, got {name!r}.")
    return MODELS[name]
