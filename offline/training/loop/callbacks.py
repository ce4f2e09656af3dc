"""What happens between batches and epochs: exact validation figures, and a progress bar."""

from __future__ import annotations

import time
from collections.abc import Callable

import keras
import numpy as np
from rich.progress import Progress

from offline.metrics import classification
from offline.models.blocks.config import TrainConfig
from offline.training.loop.run_options import RunOptions
from offline.training.loop.state import EpochMetrics, TrainingState

Logs = dict[str, float]
LabelsAndScores = Callable[[], tuple[np.ndarray, np.ndarray]]


class ValidationCallback(keras.callbacks.Callback):
    """After each epoch scores the validation part, keeps the best weights, stops in time.

    Adds `val_auc` and `val_log_loss` to the logs, for the callbacks behind it: Keras' own AUC is an
    approximation by thresholds, and models differ by less than its error. `report` is told each
    epoch (from 1) and its AUC; the state is saved to `checkpoint` when one is given.
    """

    def __init__(
        self, state: TrainingState, score: LabelsAndScores, config: TrainConfig, options: RunOptions
    ) -> None:
        super().__init__()
        self._state, self._score = state, score
        self._config, self._options = config, options

    def on_epoch_begin(self, *_: object, **__: object) -> None:
        """Starts the clock."""
        self._started = time.perf_counter()

    def on_epoch_end(self, _epoch: int, logs: Logs) -> None:
        """Must be the first callback, so that the clock stops before the others run."""
        seconds = time.perf_counter() - self._started
        label, score = self._score()
        logs["val_auc"] = classification.auc(label, score)
        logs["val_log_loss"] = classification.binary_log_loss(label, score)
        figures = EpochMetrics(logs["val_auc"], logs["val_log_loss"], seconds)
        self._state.add(figures, self.model)
        if self._options.checkpoint is not None:
            self._state.save(self._options.checkpoint, self.model)
        self.model.stop_training = self._state.should_stop(
            self._config.epochs, self._config.patience
        )
        if self._options.report is not None:
            self._options.report(len(self._state.epochs), figures.auc)


class ProgressBar(keras.callbacks.Callback):
    """Shows epoch, best validation AUC and samples a second beside a bar of all epochs.

    Without a `progress` to show it in, it does nothing.
    """

    def __init__(
        self, progress: Progress | None, state: TrainingState, samples: int, config: TrainConfig
    ) -> None:
        super().__init__()
        self._progress = progress or Progress(disable=True)
        self._state = state
        self._samples = samples  # of one epoch
        self._batch_size = config.batch_size
        self._total = samples * config.epochs

    def on_train_begin(self, *_: object, **__: object) -> None:
        """Opens the bar."""
        self._task = self._progress.add_task("training", total=self._total)

    def on_epoch_begin(self, epoch: int, *_: object, **__: object) -> None:
        """Starts the clock of the epoch."""
        self._epoch, self._started = epoch, time.perf_counter()

    def on_train_batch_end(self, batch: int, **_: object) -> None:
        """Moves the bar."""
        done = min((batch + 1) * self._batch_size, self._samples)
        speed = done / (time.perf_counter() - self._started)
        epochs = self._state.epochs
        best = f" · best AUC {epochs[self._state.best_epoch].auc:.4f}" if epochs else ""
        self._progress.update(
            self._task,
            completed=self._epoch * self._samples + done,
            description=f"epoch {self._epoch + 1}{best} · {speed:,.0f} samples/s",
        )

    def on_train_end(self, *_: object, **__: object) -> None:
        """Fills the bar, after early stopping too."""
        self._progress.update(self._task, completed=self._total)
