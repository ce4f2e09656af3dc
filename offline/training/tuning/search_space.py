"""What `sparrow tune` may vary of each model, and how its choices become a configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution

from offline.models.blocks.config import TrainConfig

Space = dict[str, BaseDistribution]
"""Fields of TrainConfig and the values to choose from; `hidden` as "128-64"."""

LINEAR: Space = {
    "learning_rate": FloatDistribution(3e-4, 2e-2, log=True),
    "batch_size": CategoricalDistribution((512, 1024, 2048, 4096)),
    "weight_decay": FloatDistribution(0.0, 0.2),
    "id_dropout": FloatDistribution(0.0, 0.7),
}
FACTORS: Space = LINEAR | {"embedding_dim": CategoricalDistribution((8, 16, 32))}
DEEP: Space = FACTORS | {
    "dropout": FloatDistribution(0.0, 0.6),
    "hidden": CategoricalDistribution(("64", "128", "64-32", "128-64", "256-128")),
}
SPACES: dict[str, Space] = {"lr": LINEAR, "mlr": LINEAR, "fm": FACTORS}
"""Of models that are not deep."""

DIGITS = 3  # significant ones of a number: what is trained is what is written down


def space_of(model: str) -> Space:
    """The search space of a model."""
    return SPACES.get(model, DEEP)


def apply_choices(config: TrainConfig, choices: Mapping[str, Any]) -> TrainConfig:
    """The configuration with a trial's choices in place."""
    return replace(config, **{name: _value(choice) for name, choice in choices.items()})


def choices_of(config: TrainConfig, space: Space) -> dict[str, Any]:
    """The configuration as a trial's choices."""
    values = asdict(config)
    return {name: _choice(values[name]) for name in space}


def _value(choice: Any) -> Any:
    if isinstance(choice, str):
        return tuple(int(units) for units in choice.split("-"))
    return float(f"{choice:.{DIGITS}g}") if isinstance(choice, float) else choice


def _choice(value: Any) -> Any:
    return "-".join(map(str, value)) if isinstance(value, tuple) else value
