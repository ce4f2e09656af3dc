"""One model on several devices: the same code, figures and checkpoints."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
import tensorflow as tf

from offline.models.blocks.config import TrainConfig
from offline.models.registry import model_spec
from offline.training.evaluate_model import evaluate_model
from offline.training.loop.run_options import RunOptions
from offline.training.loop.strategy import strategy_of
from offline.training.loop.trainer import MODEL, train

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


def started(call: str, **environment: str) -> subprocess.Popen[bytes]:
    """A call in a process of its own: TensorFlow wants devices declared before it uses any."""
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    return subprocess.Popen(
        [sys.executable, "-c", f"from pathlib import Path; from test_strategy import *; {call}"],
        env=os.environ | {"PYTHONPATH": path} | environment,
        stderr=subprocess.PIPE,
    )


def ended_well(process: subprocess.Popen[bytes]) -> None:
    _, errors = process.communicate()
    assert process.returncode == 0, errors.decode()[-3000:]


def test_two_devices_learn_the_checkerboard_and_go_on_from_a_checkpoint(
    tmp_path: Path, checkerboard_samples: Path
) -> None:
    call = f"stopped_and_resumed(Path({str(checkerboard_samples)!r}), Path({str(tmp_path)!r}))"
    ended_well(started(call))
    seen = json.loads((tmp_path / "seen.json").read_text())
    assert seen == list(range(STOPPED + 1, CONFIG.epochs + 1))  # no epoch twice
    assert evaluate_model(tmp_path / MODEL, checkerboard_samples)["auc"] > 0.9


def one_worker(samples: Path, folder: Path) -> None:
    """Trains as the worker that TF_CONFIG says."""
    train(samples, model_spec("embedding_mlp"), CONFIG, folder, RunOptions(strategy="multi_worker"))


def test_two_workers_come_to_the_same_model(tmp_path: Path, checkerboard_samples: Path) -> None:
    workers = [f"127.0.0.1:{port}" for port in free_ports(2)]
    processes = []
    for index, folder in enumerate(folders := [tmp_path / "first", tmp_path / "second"]):
        task = {"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}}
        call = f"one_worker(Path({str(checkerboard_samples)!r}), Path({str(folder)!r}))"
        processes.append(started(call, TF_CONFIG=json.dumps(task)))
    for process in processes:
        ended_well(process)
    first, second = (evaluate_model(folder / MODEL, checkerboard_samples) for folder in folders)
    assert first == pytest.approx(second, abs=1e-6)
    assert first["auc"] > 0.9


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody listens on."""
    with ExitStack() as stack:
        opened = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [server.getsockname()[1] for server in opened]
