"""Checkpoint of a training run, from which a killed run is resumed."""

from __future__ import annotations

import io
import math
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from sparrow.system.files import atomic_write


@dataclass(frozen=True)
class EpochMetrics:
    """Metrics of one epoch."""

    auc: float  # on validation, NaN if it has one class only
    log_loss: float
    seconds: float  # of training, without validation


@dataclass
class TrainingState:
    """Finished epochs and the best weights among them; early stopping follows from the two."""

    epochs: list[EpochMetrics] = field(default_factory=list)
    best_weights: list[np.ndarray] = field(default_factory=list)

    @property
    def best_epoch(self) -> int:
        """The first epoch of the highest AUC, from 0; raises ValueError before any is finished."""
        return max(range(len(self.epochs)), key=lambda e: (_rank(self.epochs[e].auc), -e))

    def add(self, figures: EpochMetrics, model: keras.Model) -> None:
        """Counts an epoch as finished, and keeps the model's weights if it is the best so far."""
        self.epochs.append(figures)
        if self.best_epoch == len(self.epochs) - 1:
            self.best_weights = model.get_weights()

    def should_stop(self, epochs: int, patience: int) -> bool:
        """Whether all epochs are done, or `patience` of them have passed without a better one."""
        done = len(self.epochs)
        return done > 0 and (done >= epochs or done - 1 - self.best_epoch >= patience)

    def save(self, file: Path, model: keras.Model) -> None:
        """Writes the state and all that the next epoch depends on, whole or not at all.

        That is the model's variables, states of random generators included, and the optimizer's.
        The order of the samples follows from seed and epoch.
        """
        arrays: dict[str, Any] = {f"best{i}": array for i, array in enumerate(self.best_weights)}
        arrays |= {f"now{i}": variable.numpy() for i, variable in enumerate(_variables(model))}
        content = io.BytesIO()
        np.savez(content, epochs=np.array([astuple(e) for e in self.epochs]), **arrays)
        atomic_write(file, content.getvalue())

    @classmethod
    def resume(cls, file: Path | None, model: keras.Model) -> TrainingState:
        """Brings a compiled model to where `save` left it; without a file, an empty state."""
        if file is None or not file.exists():
            return cls()
        model.optimizer.build(model.trainable_variables)
        with np.load(file) as saved:
            for i, variable in enumerate(_variables(model)):
                variable.assign(saved[f"now{i}"])
            best = [saved[f"best{i}"] for i in range(len(model.weights))]
            return cls([EpochMetrics(*map(float, row)) for row in saved["epochs"]], best)


def _rank(auc: float) -> float:
    return -math.inf if math.isnan(auc) else auc


def _variables(model: keras.Model) -> list[keras.Variable]:
    return [*model.variables, *model.optimizer.variables]
