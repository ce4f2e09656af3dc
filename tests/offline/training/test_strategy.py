"""One model on several devices: the same code, figures and checkpoints."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import tensorflow as tf

from offline.evaluation.evaluate import evaluate_model
from offline.models.registry import model_spec
from offline.training.config import RunOptions, TrainConfig
from offline.training.strategy import strategy_of
from offline.training.trainer import MODEL, train

pytestmark = pytest.mark.tensorflow

CONFIG = TrainConfig(
    epochs=4, batch_size=128, learning_rate=0.02, hidden=(16,), embedding_dim=8,
    dropout=0.1, id_dropout=0.1,
)  # fmt: skip
STOPPED = 2  # the epoch behind which the first run ends


def stopped_and_resumed(samples: Path, folder: Path) -> None:
    """Trains over two devices, is stopped, goes on, and tells the epochs of the second run."""
    (cpu,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    assert strategy_of("mirrored").num_replicas_in_sync == 2
    spec, seen = model_spec("embedding_mlp"), list[int]()

    def stop(epoch: int, _: float) -> None:
        if epoch == STOPPED:
            raise KeyboardInterrupt

    first = RunOptions(checkpoint=folder / "at.npz", report=stop, strategy="mirrored")
    with pytest.raises(KeyboardInterrupt):
        train(samples, spec, CONFIG, folder, first)
    again = replace(first, report=lambda epoch, _: seen.append(epoch))
    train(samples, spec, CONFIG, folder, again)
    (folder / "seen.json").write_text(json.dumps(seen))


def test_two_devices_learn_the_checkerboard_and_go_on_from_a_checkpoint(
    tmp_path: Path, checkerboard_samples: Path
) -> None:
    """In a process of its own: devices can be declared only before TensorFlow uses any."""
    call = f"stopped_and_resumed(Path({str(checkerboard_samples)!r}), Path({str(tmp_path)!r}))"
    code = f"from pathlib import Path; from test_strategy import *; {call}"
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    environment = os.environ | {"PYTHONPATH": path}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    seen = json.loads((tmp_path / "seen.json").read_text())
    assert seen == list(range(STOPPED + 1, CONFIG.epochs + 1))  # no epoch twice
    assert evaluate_model(tmp_path / MODEL, checkerboard_samples)["auc"] > 0.9
