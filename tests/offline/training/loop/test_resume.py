"""A training run that is killed goes on from its last finished epoch, to the same result."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from offline.models.blocks.config import TrainConfig
from offline.models.registry import model_spec
from offline.samples.sample_files import Samples
from offline.saved_model.scoring import score_rows
from offline.training.loop.run_options import RunOptions
from offline.training.loop.state import EpochMetrics, TrainingState
from offline.training.loop.trainer import MODEL, train

pytestmark = pytest.mark.tensorflow

SPEC = model_spec("din")
CONFIG = TrainConfig(
    epochs=5, patience=2, batch_size=64, learning_rate=0.02, hidden=(16,), embedding_dim=8,
    dropout=0.2, id_dropout=0.2, weight_decay=0.01,
)  # fmt: skip


def killed_after(epoch: int, samples: Path, checkpoint: Path, out: Path) -> None:
    """Trains until an epoch is kept, and dies without a word."""

    def report(finished: int, _: float) -> None:
        if finished == epoch:
            os.kill(os.getpid(), signal.SIGKILL)

    train(samples, SPEC, CONFIG, out, RunOptions(checkpoint=checkpoint, report=report))


def kill(epoch: int, samples: Path, folder: Path) -> None:
    """Starts or resumes a run in a process of its own, killed after an epoch."""
    call = f"killed_after({epoch}, Path({str(samples)!r}), Path({str(folder / 'at.npz')!r}), "
    code = f"from pathlib import Path; from test_resume import *; {call}Path({str(folder)!r}))"
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])
    }
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr


def figures(out: Path) -> dict[str, Any]:
    result = json.loads((out / "training.json").read_text())["result"]
    return {name: result[name] for name in ("epochs", "best_epoch", "validation_auc")}


def scores(out: Path, samples: Path) -> np.ndarray:
    return np.concatenate(list(score_rows(out / MODEL, Samples.open(samples).batches("test"))))


def test_a_killed_run_comes_to_what_an_uninterrupted_one_does(
    tmp_path: Path, checkerboard_samples: Path
) -> None:
    train(checkerboard_samples, SPEC, CONFIG, tmp_path / "whole")
    for epoch in (1, 3):
        kill(epoch, checkerboard_samples, tmp_path)
    seen: list[int] = []
    options = RunOptions(checkpoint=tmp_path / "at.npz", report=lambda epoch, _: seen.append(epoch))
    train(checkerboard_samples, SPEC, CONFIG, tmp_path / "resumed", options)
    whole, resumed = figures(tmp_path / "whole"), figures(tmp_path / "resumed")
    assert seen == list(range(4, whole["epochs"] + 1))  # no epoch twice
    assert resumed == pytest.approx(whole, abs=1e-6)
    expected = scores(tmp_path / "whole", checkerboard_samples)
    assert scores(tmp_path / "resumed", checkerboard_samples) == pytest.approx(expected, abs=1e-5)


def test_a_run_killed_behind_its_last_epoch_trains_no_more(
    tmp_path: Path, checkerboard_samples: Path
) -> None:
    config = replace(CONFIG, epochs=2)
    first = RunOptions(checkpoint=tmp_path / "at.npz")
    done = train(checkerboard_samples, SPEC, config, tmp_path / "first", first)
    seen: list[int] = []
    again = replace(first, report=lambda epoch, _: seen.append(epoch))
    assert train(checkerboard_samples, SPEC, config, tmp_path / "again", again) == done
    assert seen == []


class Weights:
    """A stand-in for a model whose weights are the number of the epoch."""

    def __init__(self, epoch: int) -> None:
        self._epoch = epoch

    def get_weights(self) -> list[np.ndarray]:
        return [np.array(self._epoch)]


@pytest.mark.parametrize(
    ("aucs", "best", "ended"),
    [
        ([0.6], 0, False),
        ([0.6, 0.7, 0.65], 1, False),
        ([0.6, 0.7, 0.65, 0.7], 1, True),
        ([float("nan"), 0.4], 1, False),
        ([float("nan")] * 3, 0, True),
        ([0.1, 0.2, 0.3, 0.4, 0.5], 4, True),
    ],
)
def test_the_best_epoch_is_kept_and_patience_ends(
    aucs: list[float], best: int, ended: bool
) -> None:
    state = TrainingState()
    assert not state.should_stop(5, patience=2)
    for epoch, auc in enumerate(aucs):
        state.add(EpochMetrics(auc, 0.5, 1.0), Weights(epoch))  # type: ignore[arg-type]
    assert state.best_epoch == best
    assert state.best_weights == [np.array(best)]
    assert state.should_stop(5, patience=2) is ended
