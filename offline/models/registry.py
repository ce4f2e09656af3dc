"""Every ranking model by name, with the hyper-parameters that were chosen on validation."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from offline.models.blocks.config import TrainConfig
from offline.models.blocks.inputs import BlockConfig, InputBlock
from offline.models.ranking.dcn_v2 import dcn_v2
from offline.models.ranking.deepfm import deepfm
from offline.models.ranking.dien import dien
from offline.models.ranking.din import din
from offline.models.ranking.embedding_mlp import embedding_mlp
from offline.models.ranking.fm import fm
from offline.models.ranking.gated import gated
from offline.models.ranking.lr import lr
from offline.models.ranking.mlr import mlr
from offline.models.ranking.mmoe import mmoe
from offline.models.ranking.neural_cf import neural_cf
from offline.models.ranking.transformer import transformer
from offline.models.ranking.two_towers import two_towers
from offline.models.ranking.wide_deep import wide_deep
from offline.samples.sample_files import Samples
from sparrow.errors import ConfigurationError

ModelBuilder = Callable[[InputBlock, TrainConfig], keras.KerasTensor]
MULTI_TASK_COLUMNS = 2  # of a multi-task model: watch, like
CONFIGS = Path(__file__).with_name("configs.toml")


@dataclass(frozen=True)
class ModelSpec:
    """A model: how its logits come from the input block, and how it is trained."""

    build: ModelBuilder  # logits (batch, 1), "will like if watched", or (batch, 2): watch, like
    config: TrainConfig

    def model(self, samples: Samples, config: TrainConfig) -> keras.Model:
        """A fresh Keras model from features by name to logits; the same one for the same seed.

        Raises ConfigurationError when a model of two tasks would see no movie that was not watched.
        """
        keras.utils.set_random_seed(config.seed)
        choices = BlockConfig(config.embedding_dim, config.id_dropout, config.seed)
        block = InputBlock(samples.features, samples.encoding, samples.factors, choices)
        logits = self.build(block, config)
        if logits.shape[1] == MULTI_TASK_COLUMNS and config.negative_weight == 0:
            raise ConfigurationError(
                f"Expected negative_weight > 0 for {self.build.__name__}, got 0: without movies "
                "that were not chosen it cannot learn what is watched; set it in configs.toml."
            )
        return keras.Model(block.inputs, logits)


MODELS: dict[str, ModelBuilder] = {
    "gated": gated,
    "lr": lr,
    "fm": fm,
    "mlr": mlr,
    "embedding_mlp": embedding_mlp,
    "wide_deep": wide_deep,
    "neural_cf": neural_cf,
    "two_towers": two_towers,
    "deepfm": deepfm,
    "din": din,
    "dien": dien,
    "dcn_v2": dcn_v2,
    "transformer": transformer,
    "mmoe": mmoe,
}


def model_spec(name: str) -> ModelSpec:
    """The model of this name with its chosen configuration.

    Raises ConfigurationError when there is none, or its section has a key that is none.
    """
    if name not in MODELS:
        raise ConfigurationError(f"Expected one of {', '.join(MODELS)} as model, got {name!r}.")
    section = tomllib.loads(CONFIGS.read_text()).get(name, {})
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in section.items()}
    try:
        return ModelSpec(MODELS[name], TrainConfig(**values))
    except TypeError as error:
        raise ConfigurationError(
            f"Expected fields of TrainConfig in section [{name}] of {CONFIGS.name}, got "
            f"{', '.join(section)}: correct the section ({error})."
        ) from error
