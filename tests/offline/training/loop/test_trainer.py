from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.progress import Progress
from sample_world import no_taste, write_samples

from offline.models.registry import model_spec
from offline.training.evaluate_model import evaluate_model
from offline.training.loop.run_options import RunOptions
from offline.training.loop.trainer import TrainResult, learning_rate, train, train_and_export
from sparrow.errors import ConfigurationError, DataError

pytestmark = pytest.mark.tensorflow

SPEC = model_spec("embedding_mlp")


def test_a_checkerboard_is_learnt(trained: Any) -> None:
    figures = evaluate_model(trained.model, trained.samples)
    assert figures["auc"] > 0.9
    assert figures["gauc"] > 0.9
    assert figures["baseline_rates_auc"] < 0.6  # nobody is liked by all, the pattern must be seen


def test_shuffled_labels_teach_nothing(tmp_path: Path, trained: Any) -> None:
    samples = write_samples(tmp_path / "samples", no_taste)
    train(samples, SPEC, trained.config, tmp_path / "out")
    assert evaluate_model(tmp_path / "out" / "model", samples)["auc"] == pytest.approx(
        0.5, abs=0.05
    )


def test_the_same_seed_gives_the_same_model(tmp_path: Path, trained: Any) -> None:
    config = replace(trained.config, epochs=2, dropout=0.2)
    runs = [train(trained.samples, SPEC, config, tmp_path / name) for name in "ab"]
    assert runs[0].validation_auc == pytest.approx(runs[1].validation_auc, abs=1e-6)
    assert runs[0].validation_log_loss == pytest.approx(runs[1].validation_log_loss, abs=1e-6)
    other = train(trained.samples, SPEC, replace(config, seed=1), tmp_path / "c")
    assert other.validation_log_loss != pytest.approx(runs[0].validation_log_loss, abs=1e-6)


def test_training_stops_early_and_keeps_the_best_epoch(tmp_path: Path, trained: Any) -> None:
    samples = write_samples(tmp_path / "samples", no_taste)
    config = replace(trained.config, epochs=30, patience=1)
    result = train(samples, SPEC, config, tmp_path / "out")
    assert result.epochs == result.best_epoch + 1 < 30
    figures = evaluate_model(tmp_path / "out" / "model", samples, "validation")
    assert figures["auc"] == pytest.approx(result.validation_auc, abs=1e-4)


def test_the_folder_holds_model_logs_and_record(trained: Any) -> None:
    record = json.loads((trained.folder / "training.json").read_text())
    assert record["config"]["hidden"] == list(trained.config.hidden)
    assert TrainResult(**record["result"]).samples_per_second > 0
    assert list((trained.folder / "logs").rglob("events.out.tfevents.*"))
    assert sorted(p.name for p in trained.folder.iterdir()) == ["logs", "model", "training.json"]


def test_the_bar_shows_epochs_and_ends_full(tmp_path: Path, trained: Any) -> None:
    with Progress(console=Console(file=StringIO())) as progress:
        train(
            trained.samples, SPEC, replace(trained.config, epochs=2), tmp_path, RunOptions(progress)
        )
    (task,) = progress.tasks
    assert task.finished
    assert "epoch 2 · best AUC" in task.description
    assert "samples/s" in task.description


def test_an_interrupted_run_leaves_no_model(tmp_path: Path, trained: Any) -> None:
    class Interrupted(Progress):
        def update(self, *_: Any, **__: Any) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(trained.samples, SPEC, trained.config, tmp_path, RunOptions(Interrupted()))
    assert not (tmp_path / "model").exists()
    assert not (tmp_path / "training.json").exists()


def test_the_learning_rate_rises_in_the_warm_up_and_falls_or_stays(trained: Any) -> None:
    config = replace(trained.config, learning_rate=0.1, warmup=0.2, schedule="constant")
    rates = [float(learning_rate(config, 100)(step)) for step in (0, 10, 20, 60, 100)]
    assert rates == pytest.approx([0.0, 0.05, 0.1, 0.1, 0.1])
    falling = learning_rate(replace(config, schedule="cosine"), 100)
    assert [float(falling(step)) for step in (10, 20, 60, 100)] == pytest.approx(
        [0.05, 0.1, 0.05, 0.0]
    )
    plain = learning_rate(replace(config, warmup=0.0, schedule="cosine"), 100)
    assert [float(plain(step)) for step in (0, 50)] == pytest.approx([0.1, 0.05])


def test_two_tasks_without_movies_that_were_not_chosen_are_refused(
    tmp_path: Path, trained: Any
) -> None:
    spec = model_spec("mmoe")
    config = replace(spec.config, negative_weight=0.0)
    with pytest.raises(ConfigurationError, match="negative_weight > 0 for mmoe"):
        train(trained.samples, spec, config, tmp_path)


def test_an_unknown_model_is_refused(tmp_path: Path, trained: Any) -> None:
    with pytest.raises(ConfigurationError, match="embedding_mlp"):
        train_and_export(trained.samples, "oracle", tmp_path, seed=1)


def test_a_part_without_samples_is_refused(tmp_path: Path, trained: Any) -> None:
    for name in ("features.json", "preprocessing.json", "factors.npz"):
        (tmp_path / name).write_bytes((trained.samples / name).read_bytes())
    with pytest.raises(DataError, match="train"):
        train(tmp_path, SPEC, trained.config, tmp_path / "out")
