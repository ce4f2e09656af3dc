"""What happens between batches and epochs: a clock, exact validation figures, a progress bar."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import keras
import numpy as np
from rich.progress import Progress

from offline.evaluation import metrics

Logs = dict[str, float]
LabelsAndScores = Callable[[], tuple[np.ndarray, np.ndarray]]


class Clock(keras.callbacks.Callback):
    """Seconds spent in batches; must stand first, so that it stops before validation begins."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []  # by epoch

    def on_epoch_begin(self, *_: object, **__: object) -> None:
        """Starts."""
        self._started = time.perf_counter()

    def on_epoch_end(self, *_: object, **__: object) -> None:
        """Stops."""
        self.seconds.append(time.perf_counter() - self._started)


class Validation(keras.callbacks.Callback):
    """After each epoch, adds `val_auc` and `val_log_loss` to the logs, for the callbacks behind it.

    Keras' own AUC is an approximation by thresholds; models differ by less than its error.
    """

    def __init__(self, score: LabelsAndScores) -> None:
        super().__init__()
        self._score = score

    def on_epoch_end(self, _epoch: int, logs: Logs) -> None:
        """Scores the validation part with the model as it is now."""
        label, score = self._score()
        logs["val_auc"] = metrics.auc(label, score)
        logs["val_log_loss"] = metrics.binary_log_loss(label, score)


class ProgressBar(keras.callbacks.Callback):
    """Shows epoch, best validation AUC and samples a second beside a bar of all epochs."""

    def __init__(self, progress: Progress, samples: int, batch_size: int) -> None:
        super().__init__()
        self._progress = progress
        self._samples = samples  # of one epoch
        self._batch_size = batch_size
        self._best = -math.inf

    def on_train_begin(self, *_: object, **__: object) -> None:
        """Opens the bar."""
        total = self._samples * self.params["epochs"]
        self._task = self._progress.add_task("training", total=total)

    def on_epoch_begin(self, epoch: int, *_: object, **__: object) -> None:
        """Starts the clock of the epoch."""
        self._epoch, self._started = epoch, time.perf_counter()

    def on_train_batch_end(self, batch: int, **_: object) -> None:
        """Moves the bar."""
        done = min((batch + 1) * self._batch_size, self._samples)
        speed = done / (time.perf_counter() - self._started)
        best = f" · best AUC {self._best:.4f}" if self._best > -math.inf else ""
        self._progress.update(
            self._task,
            completed=self._epoch * self._samples + done,
            description=f"epoch {self._epoch + 1}{best} · {speed:,.0f} samples/s",
        )

    def on_epoch_end(self, _epoch: int, logs: Logs) -> None:
        """Remembers the best validation AUC."""
        self._best = max(self._best, logs["val_auc"])  # a NaN is never the greater one

    def on_train_end(self, *_: object, **__: object) -> None:
        """Fills the bar: whoever stops early is done as well."""
        self._progress.update(self._task, completed=self._samples * self.params["epochs"])
