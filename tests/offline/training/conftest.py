"""One model trained on the checkerboard, for all tests of training and of what it exports."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from offline.models.blocks.config import TrainConfig

SMALL = TrainConfig(
    epochs=16, batch_size=64, learning_rate=5e-3, hidden=(32, 16), embedding_dim=8, dropout=0.0
)


@dataclass(frozen=True)
class Trained:
    """A training run: its samples, its folder and the configuration."""

    samples: Path
    folder: Path
    config: TrainConfig

    @property
    def model(self) -> Path:
        return self.folder / "model"


@pytest.fixture(scope="session")
def trained(checkerboard_samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    from training_list_world import drawn_ranker

    from offline.models.registry import model_spec
    from offline.training.loop.trainer import train

    folder = tmp_path_factory.mktemp("trained")
    config = replace(SMALL, id_dropout=0.1)
    train(checkerboard_samples, model_spec("embedding_mlp"), config, folder, rank=drawn_ranker)
    return Trained(checkerboard_samples, folder, config)
